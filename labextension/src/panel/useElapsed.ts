import { useEffect, useState } from 'react';

import { every } from '../model/timing';

/** Seconds since a moment of `performance.now()`; the component is drawn anew each second. */
export function useElapsed(since: number): number {
  const [now, setNow] = useState(() => performance.now());
  useEffect(() => {
    const ticking = every(1000, () => setNow(performance.now()));
    return () => ticking.dispose();
  }, []);
  return Math.max(0, now - since) / 1000;
}
