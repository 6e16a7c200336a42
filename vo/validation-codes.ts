import { ruleCodes, textCodes } from './rule-codes.ts'

/**
 * Every code that reading or validating a VOEvent can give, in one table.
 *
 * `error`: the document is not well-formed or its XSD does not accept it, or (for `READ_*`) it cannot be read at all.
 * `warning`: a rule of the standards' text that the XSD does not hold, or something that people trip over.
 * `XML_*` well-formedness and safety, `XSD_*` the schema, `VOE_*` the VOEvent text, `IVOID_*` identifiers;
 * `VOE3_*`, `JSON_*` and `AVRO_*` the serializations of the VOEvent-3 draft.
 */
export interface ValidationEntry {
  readonly severity: 'error' | 'warning'
  readonly says: string
  readonly fix: string
}

export const validationCodes = {
  // -- well-formedness and safety
  XML_NOT_WELL_FORMED: {
    severity: 'error',
    says: 'The document is not well-formed XML.',
    fix: 'Mend the place that the message names; write XML with a library, not by hand.',
  },
  XML_EMPTY: { severity: 'error', says: 'The document is empty.', fix: 'Send the whole packet.' },
  XML_ENCODING: {
    severity: 'error',
    says: 'The bytes are not in the encoding that they declare, or the encoding is not known here.',
    fix: 'Write UTF-8 and declare it (UTF-16 and ISO-8859-1 are read as well).',
  },
  XML_DOCTYPE: {
    severity: 'error',
    says: 'The document has a DOCTYPE, which is refused: it can define entities that grow without bounds.',
    fix: 'Leave the DOCTYPE out; VOEvent has none.',
  },
  XML_TOO_LARGE: {
    severity: 'error',
    says: 'The document is larger than 1,000,000 bytes; 10,000,000 for a reader of the draft.',
    fix: 'Keep packets below 100,000 bytes, which peers can take, and put bulk behind References.',
  },
  XML_TOO_DEEP: {
    severity: 'error',
    says: 'Elements lie deeper than 32 in each other.',
    fix: 'VOEvent needs 8 levels; look where an end tag is missing.',
  },
  XML_TOO_MANY: {
    severity: 'error',
    says: 'The document has more elements or attributes than any real packet (20,000; 64 attributes an element).',
    fix: 'Put bulk data behind a Reference.',
  },
  XML_PROLOG: {
    severity: 'error',
    says: 'Text stands before the XML declaration or the root element.',
    fix: 'Start the document with <?xml or with the root element.',
  },
  // -- the schema
  XSD_ROOT: {
    severity: 'error',
    says: 'The root element is not VOEvent in the namespace of this version.',
    fix: 'Write <voe:VOEvent xmlns:voe="http://www.ivoa.net/xml/VOEvent/v2.0" version="2.0" …>, or v2.1 and "2.1".',
  },
  XSD_ELEMENT_UNKNOWN: {
    severity: 'error',
    says: 'An element stands where the schema does not allow it.',
    fix: 'Rename, move or remove it; children carry no namespace (no prefix, no inherited xmlns).',
  },
  XSD_ELEMENT_MISSING: {
    severity: 'error',
    says: 'An element lacks content that the schema demands.',
    fix: 'Add one of the elements that the message names.',
  },
  XSD_ATTRIBUTE_UNKNOWN: {
    severity: 'error',
    says: 'An attribute is not allowed here.',
    fix: 'Check its spelling (upper and lower case count) or remove it.',
  },
  XSD_ATTRIBUTE_MISSING: {
    severity: 'error',
    says: 'A required attribute is missing.',
    fix: 'Add the attribute that the message names.',
  },
  XSD_TEXT: {
    severity: 'error',
    says: 'Text stands where only elements are allowed.',
    fix: 'Put the text into a Description.',
  },
  XSD_VALUE: {
    severity: 'error',
    says: 'A value does not fit its type.',
    fix: 'Write one of the values, or the form, that the message names.',
  },
  XSD_ID: {
    severity: 'error',
    says: 'An id is no name, or another element of the document has the same.',
    fix: 'Give each its own: a letter or _ first, then letters, digits, ".", "-" and "_" without spaces.',
  },
  XSD_INVALID: {
    severity: 'error',
    says: 'The schema does not accept this place.',
    fix: 'Mend it as the message says.',
  },
  // -- the text of VOEvent, beyond the schema
  VOE_PROLOG: {
    severity: 'warning',
    says: 'Text stands before the XML declaration or the root element; it is passed over.',
    fix: 'Start the document with <?xml or with the root element.',
  },
  VOE_NAMESPACE: {
    severity: 'warning',
    says: 'The namespace of the root is not one of VOEvent, or missing.',
    fix: 'Write xmlns:voe="http://www.ivoa.net/xml/VOEvent/v2.0", with http and not https.',
  },
  VOE_VERSION: {
    severity: 'warning',
    says: 'The version attribute does not fit the namespace of the root.',
    fix: 'Write version="2.0" in the namespace …/v2.0.',
  },
  VOE_ROLE: {
    severity: 'warning',
    says: 'The role is none of observation, prediction, utility and test; it is taken as an observation.',
    fix: 'Write one of the four roles.',
  },
  VOE_DATA_TYPE: {
    severity: 'warning',
    says: 'A dataType is none of string, int and float; it is taken as a string.',
    fix: 'Write dataType="string", "int" or "float".',
  },
  VOE_ATTRIBUTE_CASE: {
    severity: 'warning',
    says: 'An attribute is written in the wrong case; it is read as it was meant.',
    fix: 'Write dataType.',
  },
  VOE_TEXT: {
    severity: 'warning',
    says: 'Text stands where only elements belong; it is kept as a description, or left out where there is none.',
    fix: 'Put the text into a Description.',
  },
  VOE_CHILD_NAMESPACE: {
    severity: 'warning',
    says: 'Elements below the root carry a namespace; they are read by their local names.',
    fix: 'Declare the namespace with a prefix and use the prefix on the root alone.',
  },
  VOE_UNKNOWN: {
    severity: 'warning',
    says: 'An element or attribute is unknown here; it is passed over.',
    fix: 'Remove it, or put it into a Param, Description or Reference.',
  },
  VOE_REPEATED: {
    severity: 'warning',
    says: 'An element stands twice where there may be one; the first is taken.',
    fix: 'Keep one.',
  },
  VOE_MISSING: {
    severity: 'warning',
    says: 'Something that the standard demands is missing; the rest is read.',
    fix: 'Add what the message names.',
  },
  VOE_LOCATIONS: {
    severity: 'warning',
    says: 'The packet has several ObsDataLocations; many readers look at the first alone.',
    fix: 'Keep one location a packet, but for moving objects.',
  },
  VOE_NOT_KEPT: {
    severity: 'warning',
    says: 'The packet says something that the model has no place for; relayed bytes still have it.',
    fix: 'Nothing, if the bytes are relayed as they are.',
  },
  ...textCodes,
  VOE_COORD_SYSTEM_UNKNOWN: {
    severity: 'warning',
    says: 'A coordinate system is none of those of VOEvent 2.0; the old order of FK5-UTC-GEO is read as UTC-FK5-GEO.',
    fix: 'Write one of VOEvent 2.0 §3.4.1, such as UTC-ICRS-TOPO; VOEvent 2.1 has others too.',
  },
  VOE_LATER_VERSION: {
    severity: 'warning',
    says: 'A packet of VOEvent 2.0 says something that only 2.1 knows; it is read as 2.1 has it.',
    fix: 'Write the packet in version 2.1, or put this into a Param.',
  },
  VOE_ORDER: {
    severity: 'warning',
    says: 'Elements stand in another order than the schema wants; they are read by their names.',
    fix: 'Write them in the order of the schema: Time, PositionName, Position2D, Position3D; TimeInstant, Error.',
  },
  VOE_CONTRIBUTOR_ROLE: {
    severity: 'warning',
    says: 'The role of a contributor is none of DataCite’s contributor types; it is kept as written.',
    fix: 'Write one of them, such as DataCollector, or Other.',
  },
  WRITE_TOO_LARGE: {
    severity: 'error',
    says: 'An event cannot be made as small as its readers take it: what identifies it is too large alone.',
    fix: 'Shorten its identifiers, its author and its citations; nothing else is left to leave out.',
  },
  // -- the VOEvent-3 draft
  VOE3_PARAM_SET_MISSING: {
    severity: 'error',
    says: 'The event uses a ParamSet that it does not carry and that the reader was not given.',
    fix: 'Fetch the set by its id where the events were published, or have the author send sets inline.',
  },
  VOE3_PARAM_SET_HASH: {
    severity: 'error',
    says: 'The id of a ParamSet is not the hash of its content.',
    fix: 'Make the id with paramSetOf: the SHA-256 of the canonical JSON (RFC 8785) of its definitions.',
  },
  VOE3_PARAM_LIST: {
    severity: 'error',
    says: 'A list of values does not fit its ParamSet.',
    fix: 'Write one value for each definition of the set, and references by the index of a value.',
  },
  VOE3_PARAM_SET_REPEATED: {
    severity: 'error',
    says: 'The event carries a ParamSet twice.',
    fix: 'Write every set once.',
  },
  VOE3_VALUE: {
    severity: 'error',
    says: 'A value is not of the type that its definition declares.',
    fix: 'Write numbers for int and float, true or false for boolean, text for string; null where there is no value.',
  },
  VOE3_FIELD: {
    severity: 'error',
    says: 'An event that is to be written is not one of the model.',
    fix: 'Give the field what the model has there; leave it out instead of giving null.',
  },
  JSON_SYNTAX: {
    severity: 'error',
    says: 'The text is not JSON in UTF-8.',
    fix: 'Write JSON with a library; NaN and infinities are the strings "NaN", "Infinity" and "-Infinity".',
  },
  JSON_TOO_LARGE: {
    severity: 'error',
    says: 'The JSON is longer than 10,000,000 bytes.',
    fix: 'Attach large files by their link instead of their content.',
  },
  JSON_TOO_DEEP: {
    severity: 'error',
    says: 'Objects and arrays lie deeper than 64 in each other.',
    fix: 'The draft needs 12 levels; look where a bracket is missing.',
  },
  JSON_COUNT: {
    severity: 'error',
    says: 'The lists of the event have more than 250,000 items.',
    fix: 'Put bulk data into an attachment.',
  },
  JSON_SCHEMA: {
    severity: 'error',
    says: 'The JSON does not say that it is an event of this draft.',
    fix: 'Write "$schema": "urn:x-fountain:voevent:3.0-draft:json" into the outermost object.',
  },
  JSON_TYPE: {
    severity: 'error',
    says: 'Something is of another type than the schema wants.',
    fix: 'Write what the message names; leave a member out instead of writing null.',
  },
  JSON_VALUE: {
    severity: 'error',
    says: 'A value has the right type and is none of those that the schema allows.',
    fix: 'Write one of the values, or the form, that the message names.',
  },
  JSON_MISSING: {
    severity: 'error',
    says: 'An object lacks a member that the schema demands.',
    fix: 'Add the member that the message names.',
  },
  JSON_UNKNOWN: {
    severity: 'warning',
    says: 'An object has a member that the schema does not know; a lenient reader passes it over.',
    fix: 'Check its spelling, or put what it says into a Param.',
  },
  JSON_REPEATED: {
    severity: 'warning',
    says: 'A key stands twice in one object; a lenient reader takes the last.',
    fix: 'Write every key once: readers differ in which they take.',
  },
  AVRO_TRUNCATED: { severity: 'error', says: 'The bytes end within a value.', fix: 'Send the whole event.' },
  AVRO_TRAILING: {
    severity: 'error',
    says: 'Bytes are left over behind the event.',
    fix: 'Send one event a message; look whether the bytes are framed in another way.',
  },
  AVRO_COUNT: {
    severity: 'error',
    says: 'A length or a count cannot be, or is more than a reader takes (250,000 items in the lists of an event).',
    fix: 'Look whether the bytes were written with another schema; put bulk data into an attachment.',
  },
  AVRO_VALUE: {
    severity: 'error',
    says: 'A value is none of its type.',
    fix: 'Look whether the bytes were written with another schema; text is UTF-8.',
  },
  AVRO_TOO_LARGE: {
    severity: 'error',
    says: 'The event, or a block of the file, is larger than 64 MiB.',
    fix: 'Attach large files by their link instead of their content.',
  },
  AVRO_FRAMING: {
    severity: 'error',
    says: 'The bytes do not begin as this form of Avro does.',
    fix: 'Single objects begin with C3 01, Confluent messages with 00, container files with "Obj" and 01.',
  },
  AVRO_SCHEMA: {
    severity: 'error',
    says: 'The bytes were written with another schema than that of this draft.',
    fix: 'Write with schemas/voevent-3/voevent-3.avsc.',
  },
  AVRO_CONTAINER: {
    severity: 'error',
    says: 'The container file is damaged, or its codec is not known.',
    fix: 'Send the whole file; use the codec null, deflate or zstandard.',
  },
  // -- identifiers
  IVOID_SCHEME: {
    severity: 'warning',
    says: 'An identifier does not start with ivo://, or is longer than 2,048 characters.',
    fix: 'Write ivo://authority/path#local.',
  },
  IVOID_AUTHORITY: {
    severity: 'warning',
    says: 'The authority of an identifier is malformed.',
    fix: 'Use three characters or more of A-Z a-z 0-9 . _ ~ -, the first a letter or digit.',
  },
  IVOID_PATH: {
    severity: 'warning',
    says: 'The path of an identifier is malformed.',
    fix: 'Use segments of A-Z a-z 0-9 . _ ~ - with single slashes between them.',
  },
  IVOID_LOCAL: {
    severity: 'warning',
    says: 'The local part of an identifier has characters that are not allowed.',
    fix: 'Use one "#" and after it what RFC 3986 allows in a fragment; encode others as %20.',
  },
  IVOID_NO_LOCAL: {
    severity: 'warning',
    says: 'An identifier names no event: the part after "#" is missing.',
    fix: 'Write ivo://authority/path#local.',
  },
  ...ruleCodes,
} as const satisfies Record<string, ValidationEntry>

export type ValidationCode = keyof typeof validationCodes

/** Something about a document that people should know, as `fountain validate` prints it. */
export interface Issue {
  readonly code: ValidationCode
  readonly severity: 'error' | 'warning'
  /** Where: an XPath of local names, `/VOEvent/What/Param[3]/@value`; empty for the document as a whole. */
  readonly path: string
  /** Counted from 1; 0 where unknown. */
  readonly line: number
  readonly message: string
  readonly fix: string
}

const longestDetail = 500

/** An issue of the table; `detail` says where and with what, and is cut off where a document makes it long. */
export function issue(code: ValidationCode, path: string, line: number, detail: string): Issue {
  const { severity, says, fix } = validationCodes[code]
  return { code, severity, path: cutOff(path), line, message: `${says} ${cutOff(detail)}`.trim(), fix }
}

/** Text of a document as messages may hold it. */
export function cutOff(text: string): string {
  return text.length > longestDetail ? `${text.slice(0, longestDetail)}…` : text
}
