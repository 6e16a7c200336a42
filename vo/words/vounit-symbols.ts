/**
 * The units that VOUnits know, as data (IVOA "Units in the VO" 1.1 §2, table of known units): which take decimal
 * prefixes, which binary ones too, which are advised against and what to write instead.
 */

/** Take every decimal prefix. */
export const prefixedUnits = `
  A a adu arcmin arcsec barn beam bin bit byte B C cd chan count ct d D deg erg eV F g G H h Hz J Jy K lm lx lyr m
  mag min mol N Ohm Pa pc ph photon pix pixel R rad Ry s S solLum solMass solRad sr T u V voxel W Wb yr
`
/** Take the binary prefixes as well. */
export const binaryUnits = 'bit byte B'
/** Stand alone: a prefix before them is a deviation. */
export const bareUnits = '% Angstrom angstrom AU au Ba dB mas Sun ta'

/** Advised against; the unit to prefer, where it can be said in a unit. */
export const deprecatedUnits: Readonly<Record<string, string>> = {
  Angstrom: '0.1nm',
  angstrom: '0.1nm',
  Ba: 'yr',
  barn: '1e-28m**2',
  erg: '1e-7J',
  G: '1e-4T',
  ta: 'yr',
}

/** Exponents of ten. `da` must not be written, `d` should not (§2.5): what follows can be read in two ways. */
export const decimalPrefixes: Readonly<Record<string, number>> = {
  y: -24,
  z: -21,
  a: -18,
  f: -15,
  p: -12,
  n: -9,
  u: -6,
  m: -3,
  c: -2,
  d: -1,
  da: 1,
  h: 2,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
  Z: 21,
  Y: 24,
}

/** Exponents of two. */
export const binaryPrefixes: Readonly<Record<string, number>> = {
  Ki: 10,
  Mi: 20,
  Gi: 30,
  Ti: 40,
  Pi: 50,
  Ei: 60,
  Zi: 70,
  Yi: 80,
}

/** What people write for units, in lower case, and what they mean; an empty unit is no dimension. */
export const unitSlips: Readonly<Record<string, string>> = {
  '-': '',
  '--': '',
  dimensionless: '',
  'n/a': '',
  na: '',
  none: '',
  null: '',
  sigma: '',
  unitless: '',
  '?': 'unknown',
  ab: 'mag',
  abmag: 'mag',
  adc: 'adu',
  arcminute: 'arcmin',
  arcminutes: 'arcmin',
  arcmins: 'arcmin',
  arcsecond: 'arcsec',
  arcseconds: 'arcsec',
  arcsecs: 'arcsec',
  count: 'ct',
  counts: 'ct',
  ct: 'ct',
  cts: 'ct',
  crab: "'Crab'",
  mcrab: "m'Crab'",
  day: 'd',
  days: 'd',
  degree: 'deg',
  degrees: 'deg',
  degs: 'deg',
  deg: 'deg',
  dn: 'adu',
  electron: "'electron'",
  hour: 'h',
  hours: 'h',
  hr: 'h',
  hrs: 'h',
  hz: 'Hz',
  khz: 'kHz',
  mhz: 'MHz',
  ghz: 'GHz',
  jansky: 'Jy',
  janskys: 'Jy',
  janskies: 'Jy',
  jd: 'd',
  mjd: 'd',
  kelvin: 'K',
  kev: 'keV',
  mev: 'MeV',
  gev: 'GeV',
  tev: 'TeV',
  ev: 'eV',
  km: 'km',
  lsun: 'solLum',
  magnitude: 'mag',
  magnitudes: 'mag',
  mags: 'mag',
  meter: 'm',
  meters: 'm',
  metre: 'm',
  metres: 'm',
  micron: 'um',
  microns: 'um',
  minute: 'min',
  minutes: 'min',
  mins: 'min',
  msec: 'ms',
  msun: 'solMass',
  rsun: 'solRad',
  usec: 'us',
  nsec: 'ns',
  percent: '%',
  pixels: 'pixel',
  photons: 'photon',
  radian: 'rad',
  radians: 'rad',
  sec: 's',
  second: 's',
  seconds: 's',
  secs: 's',
  year: 'yr',
  years: 'yr',
  yrs: 'yr',
}
