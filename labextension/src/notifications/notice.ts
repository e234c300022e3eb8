/** What a notice offers to do. */
export type Offer = 'postpone' | 'restart-now' | 'open';

/** Something the user must know, before it is shown. */
export interface INotice {
  /** What it is about: a later notice with the same key takes its place. */
  readonly key: string;
  /** What it tells once more, of another restart: the earlier notice goes. None where each is to be read. */
  readonly again?: string;
  readonly kind: 'info' | 'in-progress' | 'success' | 'warning' | 'error';
  /** JupyterLab shows 140 characters of it. */
  readonly message: string;
  /** Ms after which it goes by itself; false where it stays until dismissed. */
  readonly autoClose: number | false;
  readonly offers: readonly Offer[];
  /** The app it is about; null for the service. */
  readonly app: string | null;
  /** The id of the kernel of that app that it is about. */
  readonly kernel?: string;
}

/** The key of all notices of one restart. */
export function restartKey(id: string): string {
  return `restart:${id}`;
}

/** The key of the notice that a restart comes soon. */
export function soonKey(app: string): string {
  return `soon:${app}`;
}
