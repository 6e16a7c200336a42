/** Finds the writer schema of a packet: its own (container), the registry's (by id), or the bundled one. */
import type { WriterSchema } from '../decode/decoder.ts'
import { FountainError } from '../errors.ts'
import type { Unframed } from '../ingest/framing.ts'

export interface SchemaStages {
  parse(text: string, id?: number): WriterSchema
  /** Where a registry is configured only its word counts: its ids may mean other schemas than ours. */
  readonly registry?: { schemaById(id: number): Promise<string> }
  bundled(id: number): WriterSchema | undefined
  /** The schema of raw datums, where the source is configured for them. */
  readonly raw?: WriterSchema
}

/** At most so many schemas of containers are remembered: each container could bring another. */
const containersRemembered = 64

export function schemaFinder(stages: SchemaStages): (unframed: Unframed) => Promise<WriterSchema> {
  const byId = new Map<number, WriterSchema>()
  const byText = new Map<string, WriterSchema>()

  async function confluent(id: number): Promise<WriterSchema> {
    const known = byId.get(id)
    if (known !== undefined) return known
    const schema =
      stages.registry === undefined ? stages.bundled(id) : stages.parse(await stages.registry.schemaById(id), id)
    if (schema === undefined)
      throw new FountainError(
        'REGISTRY_UNKNOWN_ID',
        `schema id ${id} is not among the bundled ones, and no registry is configured`,
      )
    byId.set(id, schema)
    return schema
  }

  function container(text: string): WriterSchema {
    const known = byText.get(text)
    if (known !== undefined) return known
    const schema = stages.parse(text)
    const oldest = byText.keys().next().value
    if (byText.size >= containersRemembered && oldest !== undefined) byText.delete(oldest)
    byText.set(text, schema)
    return schema
  }

  return async (unframed) => {
    switch (unframed.kind) {
      case 'confluent':
        return confluent(unframed.schemaId)
      case 'container':
        return container(unframed.schemaJson)
      case 'raw':
        if (stages.raw === undefined)
          throw new FountainError('FRAMING_UNKNOWN', 'a raw datum does not say its schema, and none is configured')
        return stages.raw
    }
  }
}
