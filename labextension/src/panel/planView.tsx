import type { TranslationBundle } from '@jupyterlab/translation';
import type { JSX } from 'react';

import type { AppPlan } from '../api/types';
import { duration } from '../format';
import { stepWord } from '../words';

interface IProps {
  plan: AppPlan;
  trans: TranslationBundle;
}

/** What a restart of an app would do now, step by step, and when the next ones come. */
export function PlanView({ plan, trans }: IProps): JSX.Element {
  return (
    <article className="jp-Restart-plan">
      {plan.blocked_by.length > 0 && (
        <section>
          <h2>{trans.__('What would hold it back now')}</h2>
          <ul>
            {plan.blocked_by.map(reason => (
              <li key={reason}>{reason}</li>
            ))}
          </ul>
        </section>
      )}
      <section>
        <h2>{trans.__('What a restart would do now')}</h2>
        <table>
          <thead>
            <tr>
              <th>{trans.__('Step')}</th>
              <th>{trans.__('What is done')}</th>
              <th>{trans.__('At most')}</th>
            </tr>
          </thead>
          <tbody>
            {plan.steps.map((step, index) => (
              <tr key={index}>
                <td>{stepWord(step.step, trans)}</td>
                <td>{step.what}</td>
                <td>{step.deadline_s === null ? '–' : duration(step.deadline_s, trans)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      <section>
        <h2>{trans.__('The next scheduled restarts')}</h2>
        {plan.fires.length === 0 ? (
          <p>{trans.__('None is scheduled.')}</p>
        ) : (
          <ol>
            {plan.fires.map(time => (
              <li key={time}>
                <time dateTime={time}>{new Date(time).toLocaleString()}</time>
              </li>
            ))}
          </ol>
        )}
      </section>
    </article>
  );
}
