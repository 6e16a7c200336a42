import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Bridge, Log, Metrics } from '../../bridges/contract.ts'
import { openHttp } from '../../bridges/http.ts'
import type { Config } from '../config.ts'
import type { Instance } from '../deliver/outlet.ts'
import { systemClock } from '../system-clock.ts'
import type { Kinds } from './kinds.ts'

/** An instance of the configuration, open. */
export interface OpenInstance extends Instance {
  readonly bridge: Bridge
  /** As the bridge's own schema made it. */
  readonly config: unknown
}

/** Opens every bridge instance of the configuration; each is pushed to `opened` to be closed again. */
export async function openChannels(
  { config, kinds, log, data }: { config: Config; kinds: Kinds; log: Log; data: string },
  metrics: Metrics,
  opened: (() => Promise<unknown> | unknown)[],
): Promise<ReadonlyMap<string, OpenInstance>> {
  const http = openHttp()
  opened.push(() => http.close())
  const instances = new Map<string, OpenInstance>()
  for (const { name, kind, limits, config: settings } of config.bridges) {
    const bridge = kinds.bridges.get(kind)
    if (bridge === undefined) continue
    const channel = await bridge.open(settings, {
      instance: name,
      authority: config.authority,
      ...(config.publicUrl === undefined ? {} : { publicUrl: config.publicUrl }),
      http,
      clock: systemClock,
      log: log.child({ bridge: name }),
      metrics,
      folder: () => folderOf(data, name),
    })
    opened.push(() => channel.close())
    const audience = bridge.audience?.(settings)
    instances.set(name, { channel, bridge, config: settings, limits, ...(audience === undefined ? {} : { audience }) })
  }
  return instances
}

/** `data/bridges/<instance>`. */
function folderOf(data: string, instance: string): string {
  const folder = join(data, 'bridges', instance)
  mkdirSync(folder, { recursive: true })
  return folder
}
