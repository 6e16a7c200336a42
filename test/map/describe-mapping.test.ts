import { describe, expect, it } from 'vitest'
import { converterNames } from '../../src/map/converters.ts'
import { describeMappings } from '../../src/map/describe-mapping.ts'
import { lsst, ztf } from './made-alert.ts'

describe('docs/mapping.md', () => {
  const page = describeMappings()

  it('shows every converter, column and row of each mapping', () => {
    for (const name of converterNames) expect(page).toContain(`| \`${name}\` |`)
    for (const { name } of lsst.tables[0]!.columns) expect(page).toContain(`| \`${name}\` |`)
    for (const to of [...lsst.file.quantities, ...ztf.file.quantities].flatMap((row) => row.to)) {
      expect(page).toContain(`\`${to.replace(/\.[ugrizy]_/, '.{b}_')}\``)
    }
  })

  it('has tables that are whole: every line of one has as many cells', () => {
    const cells = (line: string) => line.replaceAll('\\|', '').split('|').length
    for (const block of page.split(/\n(?!\|)/)) {
      const lines = block.split('\n').filter((line) => line.startsWith('|'))
      expect(new Set(lines.map(cells)).size, block.slice(0, 80)).toBeLessThanOrEqual(1)
    }
  })
})
