import { describe, expect, it } from 'vitest'
import { pages, withOptions } from '../scripts/docs.ts'

describe('the table of options in a README', () => {
  const readme = '# A bridge\n\n<!-- options -->\n\nMore.\n'

  it('is put where the mark stands, and its end is marked the first time', () => {
    const filled = '# A bridge\n\n<!-- options -->\n| key |\n<!-- /options -->\n\nMore.\n'
    expect(withOptions(readme, '| key |\n')).toBe(filled)
    expect(withOptions(filled, '| key |\n')).toBe(filled)
    expect(withOptions(filled, '| other |\n')).toBe(filled.replace('key', 'other'))
  })

  it('is put nowhere else, and not twice', () => {
    expect(withOptions('# A bridge\n', '| key |\n')).toBeUndefined()
    expect(() => withOptions(readme + readme, '| key |\n')).toThrow(/twice/)
  })

  it('has the keys of the bridge, each with its words', async () => {
    const page = (await pages()).get('bridges/tns/README.md') ?? ''
    expect(page).toMatch(/^\| `bot\.apiKey` \| text \| \*\*required\*\* \| its key; give it as/m)
    expect(page).toMatch(/^\| `live` \| boolean \| `false` \| /m)
  })
})
