import fc from 'fast-check'
import { expect, it } from 'vitest'
import { nearest } from '../../vo/words/nearest.ts'

it.each([
  ['relaibility', ['reliability', 'ra'], 'reliability'],
  ['emial', ['vtp', 'email'], 'email'],
  ['MAG', ['mag', 'mag_err'], 'mag'],
  ['lsts', ['ztf', 'lsst'], 'lsst'],
  ['subscibe', ['submit', 'subscribe'], 'subscribe'],
  ['xyz', ['mag', 'ra'], undefined],
  ['a', [], undefined],
])('%s among %j means %s', (word, candidates, meant) => {
  expect(nearest(word, candidates)).toBe(meant)
})

it('finds a word with one slip among others that are far', () => {
  const far = ['QQQQQQQQQQQQ', 'ZZZZZZZZZZZZZZZZ']
  fc.assert(
    fc.property(
      fc.stringMatching(/^[a-m]{4,12}$/),
      fc.nat(),
      fc.constantFrom('drop', 'add', 'swap'),
      (word, at, slip) => {
        const i = at % (word.length - 1)
        const slipped = {
          drop: word.slice(0, i) + word.slice(i + 1),
          add: `${word.slice(0, i)}y${word.slice(i)}`,
          swap: word.slice(0, i) + word[i + 1] + word[i] + word.slice(i + 2),
        }[slip]
        expect(nearest(slipped, [...far, word])).toBe(word)
      },
    ),
  )
})
