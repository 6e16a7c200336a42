/** The event that the note shows in every serialization: a young supernova as a survey's gateway would tell it. */
import { createHash } from 'node:crypto'
import type { ParamDefinition, TimeSeriesPoint, Value, VOEvent } from '../../vo/model/voevent.ts'

const definition = (
  name: string,
  dataType: ParamDefinition['dataType'],
  description: string,
  more: Partial<ParamDefinition> = {},
): ParamDefinition => ({ name, dataType, description, ...more })

const trigger: readonly (readonly [ParamDefinition, Value])[] = [
  [definition('diaSourceId', 'int', 'Identifier of the detection', { ucd: 'meta.id;meta.main' }), 170032882292654123n],
  [definition('band', 'string', 'Band of the detection', { ucd: 'instr.bandpass' }), 'r'],
  [
    definition('psfFlux', 'float', 'Flux on the difference image', { unit: 'nJy', ucd: 'phot.flux.density' }),
    4837.9219970703125,
  ],
  [definition('snr', 'float', 'Signal to noise', { ucd: 'stat.snr' }), 38.5],
  [definition('isDipole', 'boolean', 'Fits a dipole well', { ucd: 'meta.code' }), false],
]

const point = (
  kind: TimeSeriesPoint['kind'],
  timeMjd: number,
  band: string,
  rest: Partial<TimeSeriesPoint>,
): TimeSeriesPoint => ({ kind, timeMjd, exposureS: 30, band, ...rest })

const thumbnail = new TextEncoder().encode('P2 3 3 9 0 1 0 1 9 1 0 1 0')

export const exampleEvent: VOEvent = {
  ivoid: 'ivo://example.org/streams/young-and-bright#170032882292654123',
  role: 'test',
  who: {
    authorIvoid: 'ivo://example.org/fountain',
    date: '2026-11-21T06:12:31',
    author: {
      title: 'Fountain at Example',
      contactName: 'A. Person',
      contactEmail: 'alerts@example.org',
      contributors: [
        { name: 'B. Person', role: 'DataCurator', altIdentifier: 'https://orcid.org/0000-0002-1825-0097' },
      ],
    },
  },
  what: {
    params: trigger.map(([each, value]) => ({ definition: each, value })),
    groups: [],
    tables: [],
    descriptions: ['A rising source beside a galaxy'],
    references: [],
    timeSeries: [
      {
        name: 'psfFlux',
        timeScale: 'TAI',
        referencePosition: 'TOPOCENTER',
        fluxUnit: 'nJy',
        photometricSystem: 'AB',
        bands: [
          { name: 'g', filterId: 'LSST/LSST.g', wavelengthM: 4.754e-7 },
          { name: 'r', filterId: 'LSST/LSST.r', wavelengthM: 6.215e-7 },
        ],
        points: [
          point('nonDetection', 61362.0871, 'r', { limitFlux: 630, limitMagnitude: 24.4, limitSigma: 5 }),
          point('forced', 61364.1102, 'g', { flux: 212.5, fluxError: 118.25 }),
          point('detection', 61365.0913, 'g', {
            flux: 3990.5,
            fluxError: 121.5,
            magnitude: 22.398,
            magnitudeError: 0.033,
          }),
          point('detection', 61365.2504, 'r', {
            flux: 4837.922,
            fluxError: 125.75,
            magnitude: 22.189,
            magnitudeError: 0.028,
            id: '170032882292654123',
          }),
        ],
      },
    ],
  },
  whereWhen: [
    {
      observatory: { id: 'Rubin' },
      coordSystem: 'UTC-ICRS-TOPO',
      time: { isoTime: '2026-11-21T06:00:00.123', unit: 's', error: 0.5 },
      position: {
        unit: 'deg',
        name1: 'RA',
        name2: 'Dec',
        c1: 52.830417,
        c2: -27.751944,
        errorRadius: 0.0000165,
        ellipse: { semiMajorDeg: 0.0000165, semiMinorDeg: 0.0000142, positionAngleDeg: 31.5 },
        covariance: { c1c1Deg2: 2.23e-10, c1c2Deg2: 0.31e-10, c2c2Deg2: 2.51e-10 },
      },
    },
  ],
  how: { descriptions: ['Simonyi Survey Telescope, LSSTCam'], references: [] },
  why: {
    importance: 0.7,
    names: ['LSST-AP-DO-169298433216610349'],
    concepts: ['http://astrothesaurus.org/uat/1668'],
    inferences: [],
    descriptions: [],
    references: [],
    classifications: [
      {
        classifier: 'early-light-curve',
        version: '2.1',
        classes: [
          { name: 'SN Ia', concept: 'http://astrothesaurus.org/uat/1728', probability: 0.81 },
          { name: 'SN II', concept: 'http://astrothesaurus.org/uat/1731', probability: 0.16 },
        ],
      },
    ],
  },
  citations: {
    events: [{ ivoid: 'ivo://example.org/streams/young-and-bright#170032882292650007', cite: 'followup' }],
  },
  attachments: [
    {
      name: 'cutoutDifference',
      mediaType: 'image/fits',
      uri: 'https://fountain.example.org/events/170032882292654123/cutoutDifference.fits',
      description: 'Difference image, 30 by 30 pixels',
      sizeBytes: 14400,
    },
    {
      name: 'thumbnail',
      mediaType: 'image/x-portable-graymap',
      data: thumbnail,
      sizeBytes: thumbnail.length,
      checksum: `sha-256:${createHash('sha256').update(thumbnail).digest('hex')}`,
    },
  ],
  provenance: {
    survey: 'lsst',
    schemaId: 'lsst.v11_1.alert',
    packetId: '170032882292654123',
    filter: { name: 'young-and-bright', ivoid: 'ivo://example.org/streams/young-and-bright' },
    software: [{ name: 'Fountain', version: '0.1.0' }],
  },
}
