/** The codes of the rules that no schema holds: warnings, all of them. */
import type { ValidationEntry } from './validation-codes.ts'

/** What the text of VOEvent asks of names, values, citations and places. */
export const textCodes = {
  VOE_NAME_MISSING: {
    severity: 'warning',
    says: 'A Param or Field has no name.',
    fix: 'Name it: readers find values by name.',
  },
  VOE_NAME_REPEATED: {
    severity: 'warning',
    says: 'Two Params or Fields of one scope, or two Groups or Tables, have the same name.',
    fix: 'Give each its own name: readers find values by name.',
  },
  VOE_NUMBER: {
    severity: 'warning',
    says: 'A value declared int or float is no such number.',
    fix: 'Write a number, leave the value attribute out, or declare it a string.',
  },
  VOE_ROW: {
    severity: 'warning',
    says: 'A row of a Table has more cells than there are Fields, or fewer.',
    fix: 'Write one TD for each Field, an empty one where the value is absent.',
  },
  VOE_IMPORTANCE: {
    severity: 'warning',
    says: 'The importance is not between 0 and 1.',
    fix: 'Write a number from 0 to 1.',
  },
  VOE_CITE_MISSING: {
    severity: 'warning',
    says: 'An EventIVORN does not say what the citation means.',
    fix: 'Add cite="followup", "supersedes" or "retraction".',
  },
  VOE_COORD_SYSTEM: {
    severity: 'warning',
    says: 'AstroCoords names another coordinate system than the AstroCoordSystem beside it.',
    fix: 'Make coord_system_id equal to the id of AstroCoordSystem.',
  },
  VOE_TIME: {
    severity: 'warning',
    says: 'A time cannot be read, or carries a zone.',
    fix: 'Write ISO 8601 without a zone: 2026-01-31T23:59:59.123.',
  },
  VOE_POSITION: {
    severity: 'warning',
    says: 'A position has no number, or lies outside the sphere.',
    fix: 'Write decimal degrees, declination from -90 to 90, or the unit that the numbers are in.',
  },
  VOE_CITES_ITSELF: {
    severity: 'warning',
    says: 'The event cites itself.',
    fix: 'Give a new packet a new identifier and cite the old one.',
  },
  VOE_TOO_LARGE_FOR_PEERS: {
    severity: 'warning',
    says: 'The document is larger than 99,999 bytes: many brokers and clients close the connection at that.',
    fix: 'Put bulk behind a Reference.',
  },
} as const satisfies Record<string, ValidationEntry>

/** Times, frames, people and links, UCDs and units. */
export const ruleCodes = {
  // -- times, frames, people and links
  VOE_TIME_UNIT: {
    severity: 'warning',
    says: 'The unit of a Time is no unit of time.',
    fix: 'Write s, min, h, d or yr.',
  },
  VOE_INTERVAL: {
    severity: 'warning',
    says: 'An interval of time stops before it starts.',
    fix: 'Put the earlier time into ISOTimeStart.',
  },
  VOE_EXPIRES: {
    severity: 'warning',
    says: 'The event expires before it was written.',
    fix: 'Write a time in the future, or leave expires out.',
  },
  VOE_ERROR_VALUE: {
    severity: 'warning',
    says: 'An error is negative or has no end.',
    fix: 'Write a number from 0, or leave the error out where the schema lets you.',
  },
  VOE_PROBABILITY: {
    severity: 'warning',
    says: 'A probability is not between 0 and 1.',
    fix: 'Write a number from 0 to 1.',
  },
  VOE_FRAME: {
    severity: 'warning',
    says: 'The name of a coordinate system tells no reader which one it is.',
    fix: 'Write TIMESCALE-FRAME-POSITION, such as UTC-ICRS-TOPO, or add TimeFrame and SpaceFrame.',
  },
  VOE_FRAME_CENTER: {
    severity: 'warning',
    says: 'The barycenter of the solar system goes with the time scale TDB, and only with that.',
    fix: 'Write TDB-ICRS-BARY, or another position.',
  },
  VOE_FRAME_WORD: {
    severity: 'warning',
    says: "A word of a frame is not in the IVOA's vocabulary.",
    fix: 'Take a word of http://www.ivoa.net/rdf/timescale, refframe or refposition.',
  },
  VOE_FRAME_DIFFERS: {
    severity: 'warning',
    says: 'A frame says something else than the name of its coordinate system.',
    fix: 'Make both say the same.',
  },
  VOE_AXES: {
    severity: 'warning',
    says: 'The axes of a position are not named RA and Dec: deployed clients refuse that.',
    fix: 'Write RA into Name1 and Dec into Name2, in this order.',
  },
  VOE_CONCEPT: {
    severity: 'warning',
    says: 'A concept is no term of the Unified Astronomy Thesaurus, which VOEvent 2.1 asks for.',
    fix: 'Write a URI such as http://astrothesaurus.org/uat/1668, and words into the Description.',
  },
  VOE_UAT: {
    severity: 'warning',
    says: 'The URI of a concept of the Unified Astronomy Thesaurus is malformed.',
    fix: 'Write http://astrothesaurus.org/uat/ and the number, or http://www.ivoa.net/rdf/uat# and the term.',
  },
  VOE_CONTRIBUTOR_ID: {
    severity: 'warning',
    says: 'The identifier of a contributor is mistyped.',
    fix: 'Copy it from https://orcid.org or https://ror.org.',
  },
  VOE_EMAIL: {
    severity: 'warning',
    says: 'The contact has no e-mail address that mail programs can use.',
    fix: 'Write name@example.org.',
  },
  VOE_REFERENCE: {
    severity: 'warning',
    says: 'A Reference leads nowhere: its uri is relative or no URI.',
    fix: 'Write the whole URI, with its scheme.',
  },
  VOE_REFERENCE_TYPE: {
    severity: 'warning',
    says: 'The attribute type of Reference is deprecated.',
    fix: 'Write mimetype for the kind of document, meaning for its sense, or nothing.',
  },
  SAFE_TEXT: {
    severity: 'warning',
    says: 'A text has characters that nobody sees, or that turn its direction.',
    fix: 'Remove them.',
  },
  SAFE_URI: {
    severity: 'warning',
    says: 'A link would run something, or open something on the machine of whoever follows it.',
    fix: 'Link to http, https, ftp or ivo.',
  },
  SAFE_CREDENTIALS: {
    severity: 'warning',
    says: 'A link carries a password or token: everybody who gets the event has it.',
    fix: 'Revoke it, and link without it.',
  },
  // -- UCDs and units
  UCD_SYNTAX: {
    severity: 'warning',
    says: 'A UCD is malformed.',
    fix: 'Write words of the UCD1+ vocabulary with ";" between them and no blanks: stat.error;phot.mag.',
  },
  UCD_WORD: {
    severity: 'warning',
    says: 'A word of a UCD is not in the UCD1+ vocabulary.',
    fix: 'Take a word of the IVOA list of UCD1+, or leave the UCD out.',
  },
  UCD_REPLACED: {
    severity: 'warning',
    says: 'A word of a UCD is not in the UCD1+ vocabulary, which has another for it.',
    fix: 'Write what the message names.',
  },
  UCD_ORDER: {
    severity: 'warning',
    says: 'A word of a UCD stands where it may not.',
    fix: 'Put the primary word first and what narrows it after: stat.error;phot.mag, phot.flux;em.gamma.',
  },
  UCD_CASE: {
    severity: 'warning',
    says: 'A word of a UCD is written in other letters than the vocabulary has: many readers look for those.',
    fix: 'Write it as the message names it.',
  },
  UNIT_SYNTAX: {
    severity: 'warning',
    says: 'A unit is not written as VOUnits are.',
    fix: 'Write "." for products, one "/" for a quotient, "**" for powers, nothing for no unit: erg/(cm**2.s).',
  },
  UNIT_UNKNOWN: {
    severity: 'warning',
    says: 'A unit is not known to VOUnits.',
    fix: "Use a known unit, or put your own in quotes: 'furlong'.",
  },
  UNIT_DEPRECATED: {
    severity: 'warning',
    says: 'VOUnits advise against a unit or its prefix.',
    fix: 'Prefer what the message names, or SI units.',
  },
} as const satisfies Record<string, ValidationEntry>
