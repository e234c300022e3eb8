import { ControlError } from '../api/errors';
import type { Events, Snapshot } from '../api/types';
import { EventStream, FIRST_PAUSE_MS, LONGEST_PAUSE_MS } from '../model/stream';
import { anEvent, aSnapshot } from './fixtures';

/** A service that gives the answers of a script, in order, and then none: a long poll that waits. */
class Script {
  readonly asked: string[] = [];
  readonly handed: string[] = [];
  readonly times: number[] = [];
  private readonly began = Date.now();

  constructor(private readonly answers: (Snapshot | Events | ControlError)[]) {}

  snapshot = (): Promise<Snapshot> => this.next('apps') as Promise<Snapshot>;

  events = ({ after }: { after: number }): Promise<Events> =>
    this.next(`events after ${after}`) as Promise<Events>;

  /** Follow the script to its end, in virtual time. */
  async follow(virtualMs = 60_000): Promise<EventStream> {
    const stream = new EventStream(this, 'tab-7', (arrival, news) => {
      this.handed.push([arrival.kind, ...news.map(event => event.seq)].join(' '));
    });
    void stream.run(new AbortController().signal);
    await jest.advanceTimersByTimeAsync(virtualMs);
    return stream;
  }

  private next(question: string): Promise<Snapshot | Events> {
    this.asked.push(question);
    this.times.push(Date.now() - this.began);
    const answer = this.answers.shift();
    if (answer === undefined) {
      return new Promise(() => undefined);
    }
    return answer instanceof ControlError ? Promise.reject(answer) : Promise.resolve(answer);
  }
}

function answerTo(after: number, ...seqs: number[]): Events {
  const events = seqs.map(seq => anEvent({ seq }));
  return { seq: seqs[seqs.length - 1] ?? after, oldest: 1, events, snapshot: aSnapshot() };
}

const AWAY = new ControlError('unreachable', 'no answer');
const LOST = new ControlError('unknown_seq', 'gone', 410);

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

describe('EventStream', () => {
  test('looks once, then asks for what comes after, one question at a time', async () => {
    const script = new Script([aSnapshot({ seq: 17 }), answerTo(17, 18, 19), answerTo(19)]);
    await script.follow();
    expect(script.asked).toEqual(['apps', 'events after 17', 'events after 19', 'events after 19']);
    expect(script.handed).toEqual(['snapshot', 'events 18 19', 'events']);
  });

  test('goes on from its cursor when the service was away', async () => {
    const script = new Script([aSnapshot({ seq: 17 }), AWAY, AWAY, answerTo(17, 18)]);
    await script.follow();
    expect(script.asked).toEqual([
      'apps',
      'events after 17',
      'events after 17',
      'events after 17',
      'events after 18'
    ]);
    expect(script.handed).toEqual(['snapshot', 'error', 'error', 'events 18']);
  });

  test('asks less and less often while the service is away', async () => {
    const script = new Script(Array<ControlError>(8).fill(AWAY));
    await script.follow();
    const pauses = script.times.slice(1).map((time, index) => time - (script.times[index] ?? 0));
    expect(pauses).toEqual([
      FIRST_PAUSE_MS,
      500,
      1000,
      2000,
      4000,
      LONGEST_PAUSE_MS,
      LONGEST_PAUSE_MS,
      LONGEST_PAUSE_MS
    ]);
  });

  test('looks again where its cursor is unknown, and tells only what is new', async () => {
    const events = [anEvent({ seq: 17 }), anEvent({ seq: 30 })];
    const script = new Script([aSnapshot({ seq: 17 }), LOST, aSnapshot({ seq: 30, events })]);
    await script.follow();
    expect(script.asked).toEqual(['apps', 'events after 17', 'apps', 'events after 30']);
    expect(script.handed).toEqual(['snapshot', 'snapshot 30']);
  });

  test('looks again where events are missing', async () => {
    const script = new Script([aSnapshot({ seq: 17 }), answerTo(17, 20), aSnapshot({ seq: 20 })]);
    await script.follow();
    expect(script.asked).toEqual(['apps', 'events after 17', 'apps', 'events after 20']);
  });

  test('takes a log that begins anew for news', async () => {
    const events = [anEvent({ seq: 1 }), anEvent({ seq: 2 })];
    const script = new Script([aSnapshot({ seq: 17 }), LOST, aSnapshot({ seq: 2, events })]);
    await script.follow();
    expect(script.handed).toEqual(['snapshot', 'snapshot 1 2']);
  });

  test('asks at once when told to retry', async () => {
    const script = new Script([AWAY, aSnapshot()]);
    const stream = await script.follow(0);
    expect(script.asked).toEqual(['apps']);
    stream.retry();
    await jest.advanceTimersByTimeAsync(0);
    expect(script.asked).toEqual(['apps', 'apps', 'events after 17']);
  });
});
