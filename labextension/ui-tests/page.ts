import { expect, type Locator, type Page } from '@playwright/test';

interface ICellModel {
  toJSON(): unknown;
}

interface IExposedWidget {
  context?: {
    path: string;
    sessionContext: { session: { kernel: { id: string; status: string } | null } | null };
  };
  content?: {
    model?: { cells?: { length: number; get(index: number): ICellModel } };
    activeCellIndex?: number;
    deselectAll?(): void;
    /** Where a terminal keeps its text: it draws on a canvas. */
    _term?: { buffer: { active: ITerminalBuffer } };
  };
}

interface ITerminalBuffer {
  length: number;
  getLine(row: number): { translateToString(isTrimmed: boolean): string } | undefined;
}

interface IExposedApp {
  started: Promise<void>;
  restored: Promise<void>;
  commands: { execute(command: string, args?: object): Promise<unknown> };
  serviceManager: {
    sessions: {
      connectionFailure: { connect(slot: () => void): boolean };
      refreshRunning(): Promise<void>;
    };
  };
  shell: { widgets(area: string): Iterable<IExposedWidget> };
}

declare global {
  interface Window {
    jupyterapp: IExposedApp;
    /** The text of each modal dialog since the page was opened. */
    dialogsSeen: string[];
    /** Each text of each notification since then; most go by themselves within seconds. */
    noticesSeen: Set<string>;
  }
}

/** Note every modal dialog of JupyterLab, and every notification, from the first moment of each page on. */
export async function watchForDialogs(page: Page): Promise<void> {
  await page.addInitScript(() => {
    window.dialogsSeen = [];
    window.noticesSeen = new Set();
    new MutationObserver(records => {
      for (const notice of document.querySelectorAll('.Toastify__toast')) {
        window.noticesSeen.add(notice.textContent ?? '');
      }
      for (const node of records.flatMap(record => [...record.addedNodes])) {
        if (node instanceof Element && node.matches('.jp-Dialog')) {
          window.dialogsSeen.push(node.textContent ?? '');
        }
      }
    }).observe(document, { childList: true, characterData: true, subtree: true });
  });
  // The browser's own question on leaving a page with unsaved outputs.
  page.on('dialog', dialog => void dialog.accept());
}

/** Expect that no modal dialog has been shown on this page. */
export async function expectNoDialogs(page: Page): Promise<void> {
  expect(await page.evaluate(() => window.dialogsSeen)).toEqual([]);
}

/** Open JupyterLab and wait until it can be used. */
export async function openLab(page: Page, url: string): Promise<void> {
  await page.goto(url);
  await page.waitForFunction(() => (window as Partial<Window>).jupyterapp !== undefined);
  await page.evaluate(() => window.jupyterapp.restored.then(() => undefined));
}

/** Run one of JupyterLab's commands. */
export async function execute(page: Page, command: string, args: object = {}): Promise<void> {
  await page.evaluate(
    ([id, given]) => window.jupyterapp.commands.execute(id, given).then(() => undefined),
    [command, args] as const
  );
}

/** Open the sidebar's panel, if it is not open. */
export async function openPanel(page: Page): Promise<Locator> {
  const panel = page.getByRole('region', { name: 'Restart', exact: true });
  if (!(await panel.isVisible())) {
    await page.getByRole('tab', { name: 'Restart', exact: true }).click();
  }
  await expect(panel).toBeVisible();
  return panel;
}

/** Wait until a notebook's kernel is ready to run cells. */
export async function kernelIsIdle(page: Page, path: string): Promise<void> {
  await page.waitForFunction(wanted => {
    const widgets = [...window.jupyterapp.shell.widgets('main')];
    const context = widgets.find(widget => widget.context?.path === wanted)?.context;
    return context?.sessionContext.session?.kernel?.status === 'idle';
  }, path);
}

/** Type a line into the first terminal. */
export async function typeInTerminal(page: Page, line: string): Promise<void> {
  await execute(page, 'terminal:open', { name: '1' });
  await page.locator('.jp-Terminal:visible .xterm-screen').click();
  await page.keyboard.type(`${line}\n`);
}

/** The notification with a text, while it is shown. */
export function notification(page: Page, text: RegExp): Locator {
  return page.locator('.Toastify__toast').filter({ hasText: text });
}

/** Expect that there is or has been a notification with a text, since the page was opened. */
export async function expectTold(page: Page, text: RegExp, timeout?: number): Promise<void> {
  const seen = (): Promise<string> => page.evaluate(() => [...window.noticesSeen].join('\n'));
  await expect.poll(seen, { timeout }).toMatch(text);
}

/** The text that a notebook's cell has printed or returned, as the page has it. */
export async function outputOf(page: Page, path: string, cell: number): Promise<string> {
  const json = await page.evaluate(
    ([wanted, index]) => {
      for (const widget of window.jupyterapp.shell.widgets('main')) {
        if (widget.context?.path === wanted) {
          return JSON.stringify(widget.content?.model?.cells?.get(index).toJSON() ?? {});
        }
      }
      return '{}';
    },
    [path, cell] as const
  );
  const { outputs = [] } = JSON.parse(json) as { outputs?: INotebookOutput[] };
  return outputs.map(output => plain(output.text ?? output.data?.['text/plain'])).join('');
}

interface INotebookOutput {
  text?: string | string[];
  data?: Record<string, string | string[]>;
}

function plain(text: string | string[] | undefined): string {
  return Array.isArray(text) ? text.join('') : (text ?? '');
}

/** Open a notebook and wait for its kernel. */
export async function openNotebook(page: Page, path: string): Promise<void> {
  await execute(page, 'docmanager:open', { path });
  await kernelIsIdle(page, path);
}

/** The id of a notebook's kernel. */
export async function kernelOf(page: Page, path: string): Promise<string> {
  return page.evaluate(wanted => {
    const widgets = [...window.jupyterapp.shell.widgets('main')];
    const context = widgets.find(widget => widget.context?.path === wanted)?.context;
    return context?.sessionContext.session?.kernel?.id ?? '';
  }, path);
}

/** Run one cell of a notebook, the first being 0; resolves when it has run. */
export async function runCell(page: Page, path: string, cell: number): Promise<void> {
  await page.evaluate(
    ([wanted, index]) => {
      for (const widget of window.jupyterapp.shell.widgets('main')) {
        if (widget.context?.path === wanted && widget.content) {
          widget.content.activeCellIndex = index;
          widget.content.deselectAll?.();
        }
      }
    },
    [path, cell] as const
  );
  await execute(page, 'notebook:run-cell');
}

/** Each line on a terminal's screen and in what has been scrolled off it. */
export async function linesOfTerminal(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    for (const { content } of window.jupyterapp.shell.widgets('main')) {
      const buffer = content?._term?.buffer.active;
      if (buffer) {
        const lines = Array.from({ length: buffer.length }, (_, row) => buffer.getLine(row));
        return lines.map(line => line?.translateToString(true) ?? '');
      }
    }
    return [];
  });
}

/** Open a new text file and type into it, without saving. */
export async function typeIntoFile(page: Page, path: string, text: string): Promise<void> {
  await execute(page, 'docmanager:open', { path });
  await page.locator('.jp-FileEditor:visible .cm-content').click();
  await page.keyboard.type(text);
}
