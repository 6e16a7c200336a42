/** Our schema of VOEvent 2.1 accepts what the IVOA's accepts, and refuses what that refuses. */
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { namespace20 } from '../../vo/xml/voevent-2.0.ts'
import { describeTier, referenceDir, samplesDir } from '../tiers.ts'
import { arbitraryPackets, fullPacket20, packets21, realPackets, upgraded } from './mutate-bases.ts'
import { voeventStock } from './mutate-stock.ts'
import { copyOf, type Node } from './mutate-tree.ts'
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
  const packets20 = () => [...realPackets(samplesDir!, '2.0'), ...arbitraryPackets(100), fullPacket20]

  it('agrees on packets of 2.1, which are accepted, and on those of 2.0 put into the order of 2.1', () => {
    expect(examples()).toHaveLength(2)
    for (const packet of [...examples(), ...packets21]) expect(of21.judge(packet)).toBe('accepted')
    let accepted = 0
    for (const packet of packets20()) {
      const verdict = of20.judge(packet)
      expect(of21.judge(upgraded(packet))).toBe(verdict)
      if (verdict === 'accepted') accepted++
      expect(of21.judge(packet)).toBe('refused')
    }
    expect(accepted).toBeGreaterThan(150)
  })

  it('agrees on 10,000 mutants', { timeout: 180_000 }, () => {
    const often = (packets: readonly Node[], times: number) => Array.from({ length: times }, () => packets).flat()
    const older = packets20().map(upgraded)
    const bases = [...older, ...often(packets21, 50), ...often(examples(), 30), ...often([upgraded(fullPacket20)], 30)]
    compareMutants(of21, 'VOEvent 2.1', bases, voeventStock, 10_000)
  })

  it('agrees on every value, attribute and element at every place of full packets', { timeout: 180_000 }, () => {
    const { accepted, refused } = compareEveryPlace(of21, copyOf(packets21[0]!), voeventStock)
    const older = compareEveryPlace(of21, upgraded(fullPacket20), voeventStock)
    console.log(`every place of 2.1: ${accepted + older.accepted} accepted, ${refused + older.refused} refused`)
    expect(accepted).toBeGreaterThan(2000)
    expect(refused).toBeGreaterThan(2000)
  })
})
