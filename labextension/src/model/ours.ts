import type { App, Snapshot } from '../api/types';

/**
 * The apps that may be the Jupyter server this page comes from; their restarts concern the page's documents.
 *
 * Behind a proxy nothing in the page names the server. One Jupyter server is the usual case; among several the
 * port decides, and where it matches none they are all taken: to save once too often loses nothing.
 */
export function oursAmong(snapshot: Snapshot | null, pagePort: number): readonly App[] {
  const servers = (snapshot?.apps ?? []).filter(app => app.life === 'in_place');
  if (servers.length <= 1) {
    return servers;
  }
  const matching = servers.filter(app => app.port === pagePort);
  return matching.length > 0 ? matching : servers;
}

/** The port of a URL, also where it is its scheme's own. */
export function portOf(url: string): number {
  const { port, protocol } = new URL(url);
  return port ? Number(port) : protocol === 'https:' ? 443 : 80;
}
