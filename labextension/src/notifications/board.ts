import { Notification } from '@jupyterlab/apputils';

import type { INotice, Offer } from './notice';

/** What is done when a user takes an offer of a notice about an app. */
export type OnOffer = (offer: Offer, notice: Pick<INotice, 'app' | 'kernel'>) => void;

/**
 * Shows notices as JupyterLab notifications: one for each key, changed in place, replaced where its kind changes.
 *
 * Notices of the state go when the state no longer says so; those of events stay, on their own terms.
 */
export class NoticeBoard {
  constructor(
    private readonly notifications: typeof Notification,
    private readonly labels: Readonly<Record<Offer, string>>,
    private readonly onOffer: OnOffer
  ) {}

  /** Show what an event says, for good. */
  tell(notice: INotice): void {
    const { key, again } = notice;
    this.passing.delete(key);
    const earlier = again === undefined ? undefined : this.latest.get(again);
    if (earlier !== undefined && earlier !== key) {
      this.dismiss(earlier);
    }
    this.show(notice);
    this.told.add(key);
    for (const [topic, of] of this.latest) {
      if (of === key) {
        // It says something else by now, which stays.
        this.latest.delete(topic);
      }
    }
    if (again !== undefined) {
      this.latest.set(again, key);
    }
  }

  /** Show what the state says now, and take away what it said before and no longer says. */
  reflect(notices: readonly INotice[]): void {
    const current = new Map(notices.map(notice => [notice.key, notice]));
    for (const key of [...this.passing.keys()]) {
      if (!current.has(key)) {
        this.passing.delete(key);
        this.dismiss(key);
      }
    }
    for (const notice of notices) {
      // One that a user has dismissed, or that has ended, does not come again.
      if (this.passing.get(notice.key) !== notice.message && !this.told.has(notice.key)) {
        this.passing.set(notice.key, notice.message);
        this.show(notice);
      }
    }
  }

  private show(notice: INotice): void {
    const { key, kind, message, autoClose } = notice;
    const actions = notice.offers.map(offer => ({
      label: this.labels[offer],
      displayType: offer === 'restart-now' ? ('accent' as const) : ('default' as const),
      callback: () => this.onOffer(offer, notice)
    }));
    const shown = this.shown.get(key);
    const isThere = shown !== undefined && this.notifications.manager.has(shown.id);
    if (isThere && shown.kind === kind) {
      this.notifications.update({ id: shown.id, message, autoClose, actions });
      return;
    }
    if (isThere) {
      // JupyterLab drops a change of a toast that it has yet to draw, and keeps the looks of the first kind.
      this.notifications.dismiss(shown.id);
    } else if (shown !== undefined && this.passing.has(key)) {
      return;
    }
    this.shown.set(key, {
      id: this.notifications.emit(message, kind, { autoClose, actions }),
      kind
    });
  }

  private dismiss(key: string): void {
    const shown = this.shown.get(key);
    if (shown !== undefined) {
      this.notifications.dismiss(shown.id);
      this.shown.delete(key);
    }
  }

  /** The notification of each key. */
  private readonly shown = new Map<
    string,
    { readonly id: string; readonly kind: INotice['kind'] }
  >();
  /** What the state said last, by key. */
  private readonly passing = new Map<string, string>();
  /** The key of the latest notice of what comes again and again. */
  private readonly latest = new Map<string, string>();
  /** The keys of which an event has said the end. */
  private readonly told = new Set<string>();
}
