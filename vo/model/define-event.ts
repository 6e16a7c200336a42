/** The event itself, what is attached to it and where it comes from. */
import type { ClassDefinition } from './definition.ts'

export const eventClasses: Readonly<Record<string, ClassDefinition>> = {
  VOEvent: {
    says: 'What a facility says to the world about something that happened in the sky, whatever it is written in.',
    source: 'VOEvent 2.0 §3.1',
    fields: {
      ivoid: {
        type: 'ivoid',
        ucd: 'meta.ref.ivoid;meta.main',
        v20: '@ivorn',
        says: 'The event’s identifier as written (`ivo://authority/key#local`); compare with `key()` of `vo/ivoid.ts`.',
      },
      role: { type: 'Role', ucd: 'meta.code.class', v20: '@role', says: 'What kind of packet this is.' },
      who: { type: 'Who?', v20: 'Who', says: 'Who says so, and when.' },
      what: { type: 'What?', v20: 'What', says: 'What was measured.' },
      whereWhen: {
        type: 'ObsDataLocation*?',
        v20: 'WhereWhen/ObsDataLocation',
        says: 'Where and when. One location a packet is the rule; moving objects may bring several (VOEvent 2.0 §3.4).',
      },
      whereWhenNotes: {
        type: 'WhereWhenNotes?',
        v20: 'WhereWhen',
        says: 'Free text and links of WhereWhen as a whole; written only beside `whereWhen`.',
      },
      how: { type: 'Notes?', v20: 'How', says: 'How it was observed.' },
      why: { type: 'Why?', v20: 'Why', says: 'What the author thinks it is.' },
      citations: {
        type: 'Citations?',
        v20: 'Citations',
        says: 'Other events that this one follows, replaces or takes back.',
      },
      description: { type: 'text?', v20: 'Description', says: 'Free text about the event as a whole.' },
      reference: { type: 'Reference?', v20: 'Reference', says: 'A link for the event as a whole.' },
      attachments: { type: 'Attachment*?', says: 'Images and files: embedded, or by link.' },
      provenance: { type: 'Provenance?', says: 'Where the event comes from and what made it.' },
    },
  },
  Notes: {
    says: 'Free text and links, as How and several other elements have them.',
    source: 'VOEvent 2.0 §3.5',
    fields: {
      descriptions: { type: 'text*', v20: 'Description', says: 'Free text.' },
      references: { type: 'Reference*', v20: 'Reference', says: 'Links.' },
    },
  },
  WhereWhenNotes: {
    says: 'What WhereWhen says beside its locations.',
    source: 'VOEvent 2.0 §3.4',
    fields: {
      id: { type: 'text?', v20: 'WhereWhen/@id', says: 'An XML identifier of WhereWhen, unique in its document.' },
      descriptions: { type: 'text*', v20: 'WhereWhen/Description', says: 'Free text.' },
      references: { type: 'Reference*', v20: 'WhereWhen/Reference', says: 'Links.' },
    },
  },
  Reference: {
    says: 'A link to something outside the event.',
    source: 'VOEvent 2.0 §3.9',
    fields: {
      uri: { type: 'uri', ucd: 'meta.ref.uri', v20: 'Reference/@uri', says: 'Where it is.' },
      type: {
        type: 'text?',
        v20: 'Reference/@type',
        says: 'Its kind, in the words of old packets (deprecated since 2.0).',
      },
      mimetype: { type: 'text?', v20: 'Reference/@mimetype', says: 'Its media type.' },
      meaning: { type: 'uri?', v20: 'Reference/@meaning', says: 'What it is, as a URI of a vocabulary.' },
    },
  },
  Attachment: {
    says: 'A file that belongs to the event: a cutout, a light curve, a spectrum. It has `data`, or a `uri`, or both.',
    source: 'draft',
    fields: {
      name: { type: 'text', says: 'Its name, unique in the event: `cutoutDifference`.' },
      mediaType: { type: 'text', says: 'Its media type: `image/fits`, `image/png`.' },
      description: { type: 'text?', says: 'What it shows.' },
      uri: { type: 'uri?', ucd: 'meta.ref.uri', v20: 'Reference/@uri', says: 'Where it can be fetched.' },
      data: { type: 'bytes?', says: 'The content itself.' },
      sizeBytes: { type: 'int?', unit: 'byte', ucd: 'meta.number', says: 'Length of the content.' },
      checksum: {
        type: 'text?',
        says: 'Digest of the content: the algorithm, a colon, lower-case hexadecimal (`sha-256:…`).',
      },
    },
  },
  Provenance: {
    says: 'From which packet of which survey the event was made, by which filter and software.',
    source: 'draft',
    fields: {
      survey: { type: 'text?', says: 'The survey whose alert this was: `lsst`, `ztf`.' },
      schemaId: { type: 'text?', says: 'The schema of the packet, by name and version: `lsst.v10_0.alert`.' },
      packetId: { type: 'text?', ucd: 'meta.id', says: 'The packet’s identifier in its survey.' },
      packetUri: { type: 'uri?', says: 'Where the packet can be fetched.' },
      filter: { type: 'FilterUsed?', says: 'The filter that chose it.' },
      software: { type: 'Software*?', says: 'What made the event, in the order of the work.' },
    },
  },
  FilterUsed: {
    says: 'The filter that chose an alert.',
    source: 'draft',
    fields: {
      name: { type: 'text?', says: 'Its name.' },
      ivoid: { type: 'ivoid?', says: 'The registered stream that it feeds.' },
      query: { type: 'text?', says: 'Its text (ADQL), where that is public.' },
      checksum: { type: 'text?', says: 'Digest of its text, where that is private: `sha-256:…`.' },
    },
  },
  Software: {
    says: 'A program that had a hand in the event.',
    source: 'draft',
    fields: {
      name: { type: 'text', says: 'Its name.' },
      version: { type: 'text?', says: 'Its version.' },
      uri: { type: 'uri?', says: 'Its home.' },
    },
  },
}
