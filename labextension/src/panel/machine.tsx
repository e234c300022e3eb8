import type { TranslationBundle } from '@jupyterlab/translation';
import type { JSX } from 'react';

import type { Snapshot } from '../api/types';
import { bytes, duration } from '../format';

/** The share from which a resource is shown as scarce. */
const SCARCE = 0.9;

interface IProps {
  snapshot: Snapshot;
  trans: TranslationBundle;
}

/** The machine's memory, disk and GPUs, and the service itself. */
export function Machine({ snapshot, trans }: IProps): JSX.Element {
  const { resources, service } = snapshot;
  return (
    <section className="jp-Restart-section">
      <h3>{trans.__('Machine')}</h3>
      <div className="jp-Restart-uses">
        <Use
          label={trans.__('Memory')}
          used={resources.memory_used}
          total={resources.memory_total}
        />
        <Use label={trans.__('Disk')} used={resources.disk_used} total={resources.disk_total} />
        {resources.gpus.map((gpu, index) => (
          <Use key={index} label={gpu.name} used={gpu.memory_used} total={gpu.memory_total} />
        ))}
      </div>
      {resources.gpu_trouble !== null && (
        <p className="jp-Restart-quiet">
          {trans.__('A GPU can’t be asked: %1', resources.gpu_trouble)}
        </p>
      )}
      <p className="jp-Restart-quiet">
        {trans.__('Restart service %1', service.version ?? '')}
        {service.uptime_s !== null && `, ${trans.__('up %1', duration(service.uptime_s, trans))}`}
      </p>
    </section>
  );
}

interface IUseProps {
  label: string;
  used: number | null;
  total: number | null;
}

function Use({ label, used, total }: IUseProps): JSX.Element | null {
  if (used === null || total === null || total === 0) {
    return null;
  }
  const share = Math.min(1, used / total);
  const words = `${bytes(used)} / ${bytes(total)}`;
  return (
    <div className="jp-Restart-use">
      <span>{label}</span>
      <span
        className={`jp-Restart-meter ${share >= SCARCE ? 'jp-mod-scarce' : ''}`}
        role="meter"
        aria-label={label}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.round(share * 100)}
        aria-valuetext={words}
      >
        <span style={{ width: `${share * 100}%` }} />
      </span>
      <span className="jp-Restart-amount">{words}</span>
    </div>
  );
}
