import { nullTranslator } from '@jupyterlab/translation';

import { bytes, countdown, duration, moment } from '../format';

const trans = nullTranslator.load('');

test.each([
  [21_552, '5:59:12'],
  [249, '4:09'],
  [9.2, '0:10'],
  [-3, '0:00'],
  [183_845, '2 d 03:04:05']
])('a countdown of %s s reads %s', (seconds, text) => {
  expect(countdown(seconds)).toBe(text);
});

test.each([
  [45, '45 s'],
  [125, '2 min 5 s'],
  [7_500, '2 h 5 min'],
  [273_600, '3 d 4 h']
])('%s s read %s', (seconds, text) => {
  expect(duration(seconds, trans)).toBe(text);
});

test.each([
  [512, '512 B'],
  [2_048, '2 KB'],
  [190_840_832, '182 MB'],
  [8_804_682_956, '8.2 GB'],
  [17_179_869_184, '16 GB'],
  [1_073_741_823, '1 GB']
])('%s bytes read %s', (count, text) => {
  expect(bytes(count)).toBe(text);
});

test('a moment names its day only where that is not today', () => {
  const now = new Date(2026, 10, 24, 12, 0);
  const today = new Date(2026, 10, 24, 6, 5).toISOString();
  const before = new Date(2026, 10, 23, 6, 5).toISOString();
  expect(moment(today, now, 'en-GB')).toBe('06:05');
  expect(moment(before, now, 'en-GB')).toBe('23 Nov, 06:05');
});
