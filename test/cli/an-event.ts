import type { VOEvent } from '../../vo/model/voevent.ts'
import { writeVOEvent20 } from '../../vo/xml/voevent-2.0.ts'

/** A small packet of role test with all that the standard asks for. */
export const anEvent = (ivoid: string): VOEvent => ({
  ivoid,
  role: 'test',
  who: { authorIvoid: 'ivo://my.observatory', date: '2026-01-31T23:59:59', author: { contactName: 'Me' } },
  what: {
    params: [{ definition: { name: 'mag', dataType: 'float' }, value: '17.5' }],
    groups: [],
    tables: [],
    descriptions: [],
    references: [],
  },
})

export const eventBytes = (ivoid: string): Uint8Array => writeVOEvent20(anEvent(ivoid))
