/** Who, Why and Citations. */
import type { ClassDefinition } from './definition.ts'

export const contextClasses: Readonly<Record<string, ClassDefinition>> = {
  Who: {
    says: 'Who is responsible for what the event says.',
    source: 'VOEvent 2.0 §3.2',
    fields: {
      authorIvoid: {
        type: 'ivoid?',
        ucd: 'meta.ref.ivoid',
        v20: 'Who/AuthorIVORN',
        says: 'The registered organisation that says so.',
      },
      date: {
        type: 'isoTime?',
        ucd: 'time.creation',
        v20: 'Who/Date',
        says: 'Creation of the packet, ISO 8601 in UTC.',
      },
      author: { type: 'Author?', v20: 'Who/Author', says: 'Whom to ask.' },
      description: { type: 'text?', v20: 'Who/Description', says: 'Free text.' },
      reference: { type: 'Reference?', v20: 'Who/Reference', says: 'A link.' },
    },
  },
  Author: {
    says: 'Curation of the event: whom to ask and whom to thank.',
    source: 'VOEvent 2.0 §3.2',
    fields: {
      title: { type: 'text?', v20: 'Author/title', says: 'Name of the project or facility.' },
      shortName: { type: 'text?', v20: 'Author/shortName', says: 'The same in short.' },
      logoUrl: { type: 'uri?', v20: 'Author/logoURL', says: 'A picture of it.' },
      contactName: { type: 'text?', v20: 'Author/contactName', says: 'A person or group.' },
      contactEmail: { type: 'text?', v20: 'Author/contactEmail', says: 'Their mail address.' },
      contactPhone: { type: 'text?', v20: 'Author/contactPhone', says: 'Their telephone.' },
      contributors: {
        type: 'Contributor*?',
        v20: 'Author/contributor',
        v21: 'Author/Contributor',
        says: 'Others who had a part.',
      },
    },
  },
  Contributor: {
    says: 'A person or organisation that had a part in the event. 2.0 knows the name alone.',
    source: 'VOEvent 2.1 §3.2',
    fields: {
      name: { type: 'text', v20: 'contributor', v21: 'Contributor', says: 'The name.' },
      role: {
        type: 'text?',
        v21: 'Contributor/@role',
        says: 'The part, in the words of DataCite’s contributor types: `DataCollector`.',
      },
      altIdentifier: { type: 'uri?', v21: 'Contributor/@altIdentifier', says: 'An ORCID, ROR or other URI of theirs.' },
      ivoid: { type: 'ivoid?', v21: 'Contributor/@ivorn', says: 'Their entry in the registry.' },
    },
  },
  Why: {
    says: 'What the author thinks has happened.',
    source: 'VOEvent 2.0 §3.6',
    fields: {
      importance: { type: 'float?', v20: 'Why/@importance', says: '0 to 1: how much the author thinks it matters.' },
      expires: { type: 'isoTime?', ucd: 'time.end', v20: 'Why/@expires', says: 'When follow-up is of no more use.' },
      names: { type: 'text*', ucd: 'meta.id;src', v20: 'Why/Name', says: 'Names of the object.' },
      concepts: {
        type: 'text*',
        ucd: 'src.class',
        v20: 'Why/Concept',
        says: 'What it is: terms of a vocabulary; since 2.1 of the IVOA’s UAT.',
      },
      inferences: { type: 'Inference*', v20: 'Why/Inference', says: 'Single hypotheses.' },
      descriptions: { type: 'text*', v20: 'Why/Description', says: 'Free text.' },
      references: { type: 'Reference*', v20: 'Why/Reference', says: 'Links.' },
      classifications: { type: 'Classification*?', says: 'What classifiers said: one each.' },
    },
  },
  Inference: {
    says: 'One hypothesis and how likely it is.',
    source: 'VOEvent 2.0 §3.6',
    fields: {
      probability: { type: 'float?', ucd: 'stat.probability', v20: 'Inference/@probability', says: '0 to 1.' },
      relation: {
        type: 'text?',
        v20: 'Inference/@relation',
        says: 'How the event and what is named hang together: `associated`.',
      },
      names: { type: 'text*', v20: 'Inference/Name', says: 'Names of the object.' },
      concepts: { type: 'text*', v20: 'Inference/Concept', says: 'What it is.' },
      descriptions: { type: 'text*', v20: 'Inference/Description', says: 'Free text.' },
      references: { type: 'Reference*', v20: 'Inference/Reference', says: 'Links.' },
    },
  },
  Classification: {
    says: 'The answer of one classifier: probabilities over its classes.',
    source: 'draft',
    fields: {
      classifier: { type: 'text', says: 'Its name.' },
      version: { type: 'text?', says: 'Its version.' },
      scheme: { type: 'uri?', says: 'The taxonomy of its classes.' },
      date: { type: 'isoTime?', says: 'When it answered, ISO 8601 in UTC.' },
      classes: { type: 'ClassProbability*', says: 'Its classes. Probabilities need not add up to 1.' },
    },
  },
  ClassProbability: {
    says: 'A class and how likely it is.',
    source: 'draft',
    fields: {
      name: { type: 'text', ucd: 'src.class', v20: 'Inference/Name', says: 'The class in the taxonomy’s words.' },
      concept: { type: 'uri?', ucd: 'src.class', v20: 'Inference/Concept', says: 'The same as a URI of the UAT.' },
      probability: { type: 'float?', ucd: 'stat.probability', v20: 'Inference/@probability', says: '0 to 1.' },
    },
  },
  Citations: {
    says: 'Other events that this one speaks of.',
    source: 'VOEvent 2.0 §3.7',
    fields: {
      events: { type: 'EventIvoid*', v20: 'Citations/EventIVORN', says: 'The events.' },
      description: { type: 'text?', v20: 'Citations/Description', says: 'Free text.' },
    },
  },
  EventIvoid: {
    says: 'A cited event.',
    source: 'VOEvent 2.0 §3.7',
    fields: {
      ivoid: { type: 'ivoid', ucd: 'meta.ref.ivoid', v20: 'EventIVORN', says: 'Its identifier.' },
      cite: { type: 'CiteType?', v20: 'EventIVORN/@cite', says: 'What the citation means.' },
    },
  },
}
