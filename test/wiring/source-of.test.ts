import { expect, it } from 'vitest'
import { parse } from 'yaml'
import type { SourceConfig } from '../../src/config.ts'
import { isTest } from '../../src/wiring/source-of.ts'

it.each([
  ['{ kind: simulator, survey: lsst }', 'sky', true],
  ['{ kind: kafka, survey: lsst }', 'alerts-simulated', true],
  ['{ kind: kafka, survey: lsst }', 'lsst-alerts-v11', false],
  ['{ kind: files, survey: lsst-sim }', 'night', true],
  ['{ kind: files, survey: ztf }', 'night', false],
])('%s, topic %s: a test is %s', (source, topic, test) => {
  expect(isTest(parse(source) as SourceConfig, topic)).toBe(test)
})
