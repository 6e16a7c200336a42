/** Our schema of VOEvent 2.1 accepts what the IVOA's accepts, and refuses what that refuses. */
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { namespace20 } from '../../vo/xml/voevent-2.0.ts'
import { describeTier, referenceDir, samplesDir } from '../tiers.ts'
import { arbitraryPackets, packets20, packets21, realPackets, upgraded } from './mutate-bases.ts'
import { voeventStock } from './mutate-stock.ts'
import type { Node } from './mutate-tree.ts'
import { compareEveryPlace, compareMutants, openPair, type SchemaPair } from './schema-agreement.ts'

const namespace21 = 'http://www.ivoa.net/xml/VOEvent/v2.1'

describeTier('samples', "our schema of 2.1 against the IVOA's", () => {
  let of20: SchemaPair
  let of21: SchemaPair
  beforeAll(() => {
    const open = (name: string, namespace: string) =>
      openPair(
        fileURLToPath(new URL(`../../xsd/${name}`, import.meta.url)),
        join(referenceDir!, 'xsd', name),
        namespace,
      )
    of20 = open('VOEvent-v2.0.xsd', namespace20)
    of21 = open('VOEvent-v2.1.xsd', namespace21)
  })
  afterAll(() => {
    of20.dispose()
    of21.dispose()
  })
  /** Two of the IVOA. */
  const examples = () => realPackets(samplesDir!, '2.1')
  const olderPackets = () => [...realPackets(samplesDir!, '2.0'), ...arbitraryPackets(100), ...packets20]

  it('agrees on packets of 2.1, which are accepted, and on those of 2.0 put into the order of 2.1', () => {
    expect(examples()).toHaveLength(2)
    for (const packet of [...examples(), ...packets21]) expect(of21.judge(packet)).toBe('accepted')
    let accepted = 0
    for (const packet of olderPackets()) {
      const verdict = of20.judge(packet)
      expect(of21.judge(upgraded(packet))).toBe(verdict)
      if (verdict === 'accepted') accepted++
      expect(of21.judge(packet)).toBe('refused')
    }
    expect(accepted).toBeGreaterThan(150)
  })

  it('agrees on 10,000 mutants', { timeout: 180_000 }, () => {
    const often = (packets: readonly Node[], times: number) => Array.from({ length: times }, () => packets).flat()
    const older = olderPackets().map(upgraded)
    const bases = [...older, ...often(packets21, 50), ...often(examples(), 30), ...often(packets20.map(upgraded), 20)]
    compareMutants(of21, 'VOEvent 2.1', bases, voeventStock, 10_000)
  })

  it('agrees on every value, attribute and element at every place of full packets', { timeout: 180_000 }, () => {
    for (const packet of [packets21[0]!, ...packets20.map(upgraded)]) {
      const { accepted, refused } = compareEveryPlace(of21, packet, voeventStock)
      console.log(`every place of a packet of 2.1: ${accepted} accepted, ${refused} refused`)
      expect(accepted).toBeGreaterThan(2000)
      expect(refused).toBeGreaterThan(2000)
    }
  })
})
