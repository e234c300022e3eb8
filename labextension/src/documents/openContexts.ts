import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { IDocumentManager } from '@jupyterlab/docmanager';
import type { DocumentRegistry } from '@jupyterlab/docregistry';
import type { Kernel, Terminal } from '@jupyterlab/services';
import type { Widget } from '@lumino/widgets';

const AREAS = ['main', 'left', 'right', 'down'];

/** The documents open in this tab, each once, wherever their widgets are. */
export function openContexts(
  shell: JupyterFrontEnd.IShell,
  documents: IDocumentManager
): readonly DocumentRegistry.Context[] {
  const found = new Set<DocumentRegistry.Context>();
  for (const widget of widgetsOf(shell)) {
    const context = documents.contextForWidget(widget);
    if (context) {
      found.add(context);
    }
  }
  return [...found];
}

/** The kernels that this tab is connected to, through notebooks, consoles and the like. */
export function openKernels(shell: JupyterFrontEnd.IShell): readonly Kernel.IKernelConnection[] {
  const found = new Set<Kernel.IKernelConnection>();
  for (const widget of widgetsOf(shell)) {
    const kernel = sessionContextOf(widget)?.session?.kernel;
    if (kernel && !kernel.isDisposed) {
      found.add(kernel);
    }
  }
  return [...found];
}

/** The terminals that this tab shows. */
export function openTerminals(
  shell: JupyterFrontEnd.IShell
): readonly Terminal.ITerminalConnection[] {
  return widgetsOf(shell).flatMap(widget => {
    const { content } = widget as unknown as { content?: IHasTerminal };
    const session = content?.session;
    // Sessions of other kinds receive no messages by themselves.
    return session?.messageReceived && !session.isDisposed ? [session] : [];
  });
}

function widgetsOf(shell: JupyterFrontEnd.IShell): Widget[] {
  return AREAS.flatMap(area => {
    try {
      return [...shell.widgets(area)];
    } catch {
      // Shells other than JupyterLab's need not know each area.
      return [];
    }
  });
}

interface IHasTerminal {
  session?: Terminal.ITerminalConnection;
}

interface IHasKernel {
  session: { kernel: Kernel.IKernelConnection | null } | null;
}

/** Notebooks and editors have a context, consoles a session context of their own; no interface names both. */
function sessionContextOf(widget: Widget): IHasKernel | undefined {
  const { context, sessionContext } = widget as unknown as {
    context?: { sessionContext?: IHasKernel };
    sessionContext?: IHasKernel;
  };
  return context?.sessionContext ?? sessionContext;
}
