import type { TranslationBundle } from '@jupyterlab/translation';
import type { JSX } from 'react';

import type { ControlError } from '../api/errors';

/** The command is one in every language. */
const DOCTOR = 'jupyter restart doctor';

interface IProps {
  error: ControlError;
  /** Whether this page's server is expected to be away: it restarts. */
  isExpected: boolean;
  onRetry: () => void;
  trans: TranslationBundle;
}

/** Says that the service does not answer, why, and what to do; calm where that is part of a restart. */
export function Away({ error, isExpected, onRetry, trans }: IProps): JSX.Element {
  if (isExpected) {
    return (
      <p className="jp-Restart-banner" role="status">
        {trans.__('The server is restarting. Kernels and terminals go on meanwhile.')}
      </p>
    );
  }
  return (
    <div className="jp-Restart-banner jp-mod-bad" role="alert">
      <strong>{trans.__('The restart service does not answer')}</strong>
      <p>{error.message}</p>
      <p>
        {trans.__(
          'It is asked again by itself. What is wrong with it is found out in a terminal by:'
        )}{' '}
        <code>{DOCTOR}</code>
      </p>
      <button type="button" className="jp-Restart-button" onClick={onRetry}>
        {trans.__('Retry')}
      </button>
    </div>
  );
}
