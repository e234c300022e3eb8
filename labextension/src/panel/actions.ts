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
  /** Show what a restart of an app would do. */
  showPlan(app: string): void;
  /** Ask the service again. */
  retry(): void;
}
