import type { KeptPrompt } from '../api/types';

/** What the panel can have done. A failure is told by whoever does it: the panel waits for none of them. */
export interface IPanelActions {
  /** Restart an app at once. */
  restartNow(app: string): void;
  /** Put off an app's next restart by the usual span. */
  postpone(app: string): void;
  /** Let the user choose the span, in a menu below an element. */
  choosePostponement(app: string, anchor: HTMLElement): void;
  /** Switch an app's automatic restarts on or off. */
  setEnabled(app: string, isEnabled: boolean): void;
  /** The prompts of an app that are kept outside of its queue; none where that can't be told. */
  keptPrompts(app: string): Promise<readonly KeptPrompt[]>;
  /** Put all kept prompts of an app back into its queue. */
  sendAgain(app: string): void;
  /** Forget all kept prompts of an app, if its user means it. */
  discard(app: string): void;
  /** Show what a restart of an app would do. */
  showPlan(app: string): void;
  /** Ask the service again. */
  retry(): void;
}
