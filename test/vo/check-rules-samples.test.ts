/** What the rules say of packets from many authors over a decade: each kind of warning was judged to be right. */
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { checkRules } from '../../vo/check-rules.ts'
import { ruleCodes } from '../../vo/rule-codes.ts'
import type { Issue } from '../../vo/validation-codes.ts'
import { parseXml } from '../../vo/xml/parse-xml.ts'
import { describeTier, samplesDir } from '../tiers.ts'

describeTier('samples', 'rules, asked of real packets', () => {
  const issues = globSync(join(samplesDir ?? '', 'voevent/**/*.xml')).flatMap((path): Issue[] => {
    const text = readFileSync(path, 'latin1')
    const start = text.search(/<(?:\w+:)?VOEvent[\s>]/)
    try {
      const packet = Buffer.from(text.slice(start), 'latin1').toString()
      return checkRules(parseXml(packet), packet, packet.length)
    } catch {
      return []
    }
  })
  const said = (code: string) => [...new Set(issues.filter((each) => each.code === code).map(({ message }) => message))]

  it('warn of what is wrong, and of nothing else', () => {
    const counts: Record<string, number> = {}
    for (const { code } of issues) if (code in ruleCodes) counts[code] = (counts[code] ?? 0) + 1
    expect(counts).toEqual({
      UCD_CASE: 2,
      UCD_ORDER: 68,
      UCD_REPLACED: 13,
      UCD_SYNTAX: 1,
      UCD_WORD: 1,
      UNIT_SYNTAX: 8,
      UNIT_UNKNOWN: 338,
      VOE_CONCEPT: 1,
      VOE_FRAME_WORD: 1,
      VOE_REFERENCE_TYPE: 66,
    })
  })

  it('name units that astronomers write and VOUnits do not have, and what they mean', () => {
    const wrong = said('UNIT_UNKNOWN').map((message) => /"([^"]+)"/.exec(message)?.[1])
    expect(wrong.sort().join(' ')).toBe('Degrees Janskys MM None counts cts days dn hr mCrab sec sigma')
    expect(said('UNIT_UNKNOWN').filter((message) => !/Did you mean|Leave/.test(message))).toHaveLength(1)
  })

  it('name words that UCD1+ does not have, or has elsewhere', () => {
    const wrong = ['UCD_WORD', 'UCD_REPLACED', 'UCD_ORDER']
      .flatMap(said)
      .map((message) => /"([^"]+)"/.exec(message)?.[1])
    expect(wrong.sort().join(' ')).toBe(
      'arith.ratio em.X-ray em.gamma em.radio.100-200MHz gw.frequency instr.beam instr.obsty.site.seeing meta.text ' +
        'pos.eq.de stat.err stat.error stat.falsealarm time.begin',
    )
  })
})
