/** A notice as people read and change it: its JSON, a value a line. */
import { Refusal } from '../contract.ts'
import type { Drafting } from '../draft.ts'
import { readJson } from '../json-text.ts'
import type { GcnAddress, GcnConfig } from './config.ts'
import { faultsOf, readStored, stored } from './render.ts'
import type { NoticeSchema } from './schemas.ts'

export function draftingOf(config: GcnConfig, schema: NoticeSchema): Drafting<GcnAddress> {
  return {
    text: (body) => `${JSON.stringify(JSON.parse(readStored(body).value.toString('utf8')), null, 2)}\n`,
    parse(text, original) {
      const notice = readJson(text)
      if (typeof notice !== 'object' || notice === null || Array.isArray(notice))
        throw new Refusal(['A notice is one JSON object.'])
      return stored(readStored(original).head, Buffer.from(JSON.stringify(notice)))
    },
    lint: (body) =>
      faultsOf(readStored(body).value, config, schema).map((says) => ({
        severity: 'error' as const,
        code: 'GCN_NOTICE_INVALID',
        says,
      })),
  }
}
