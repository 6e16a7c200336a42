/**
 * Words that were UCD1+ once, or are often written for one, and what to write now, as data: `old>new`. From the
 * IVOA's list of deprecated words (UCDList 1.5), the commonest UCD1 of before 2005, and slips of real packets.
 */
export const ucdReplacedWords = `
em.IR.K.Brgamma>em.line.Brgamma em.opt.B.Hbeta>em.line.Hbeta em.opt.R.Halpha>em.line.Halpha
em.opt.V.OIII>em.line.OIII em.line.21cm>em.line.HI em.UV.FUV>em.UV.100-200nm
phot.color.B-R>phot.color;em.opt.B;em.opt.R phot.color.B-V>phot.color;em.opt.B;em.opt.V
phot.color.H-K>phot.color;em.IR.H;em.IR.K phot.color.J-H>phot.color;em.IR.J;em.IR.H
phot.color.J-K>phot.color;em.IR.J;em.IR.K phot.color.K-L>phot.color;em.IR.K;em.IR.3-4um
phot.color.U-B>phot.color;em.opt.U;em.opt.B phot.color.g-r.gunn>phot.color phot.color.Cous>phot.color
phot.color.Gunn>phot.color phot.sb>phot.mag.sb phot.fluxDens>phot.flux.density
phot.fluxDens.sb>phot.flux.density.sb
instr.ang-res>pos.angResolution instr.angRes>pos.angResolution instr.antenna-temp>phot.antennaTemp
instr.beam-width>phys.angSize;instr.beam instr.sky-level>instr.skyLevel instr.sky-temp>instr.skyTemp
instr.obsty.site>pos.earth.altitude;instr.obsty instr.obsty.site.seeing>instr.obsty.seeing instr.spect>instr
instr.spect.dispersion>instr.dispersion instr.spect.order>instr.order instr.spect.resolution>spect.resolution
instr.tel.focus>instr.tel.focalLength
meta.table.axis>phys.size;meta.table meta.fits.software>meta.software meta.ref.ivorn>meta.ref.ivoid
obs.air>obs.atmos obs.air.extinction>obs.atmos.extinction obs.air.mass>obs.airMass
phys.absorption.gf>phys.gauntFactor phys.dispMeas>phys.dispMeasure phys.distance>pos.distance
phys.distance.gc>pos.distance;pos.galactocentric phys.electron.energy>phys.energy;phys.electron
phys.energyDensity>phys.energy.density phys.extension>phys.angSize phys.mass.fraction>phys.mass;arith.ratio
phys.mass.light>phys.composition.massLightRatio phys.massToLight>phys.composition.massLightRatio
phys.massYield>phys.composition.yield phys.polarization.posAng>pos.posAng;phys.polarization
phys.polarization.rotMeas>phys.polarization.rotMeasure phys.refraction>phys.refractIndex
phys.size.area>phys.area phys.at>phys.atmol phys.at.energy>phys.energy phys.at.line>spect.line
phys.at.trans>phys.atmol.transition phys.at.element>phys.atmol.element phys.at.ion>phys.atmol.ionStage
pos.ang>pos pos.ang.separation>pos.angDistance pos.az.ha>pos.eq.ha pos.bodyrc.long>pos.bodyrc.lon
pos.det>pos.cartesian;instr.det pos.earth.nutation>pos.nutation pos.ec>pos.ecliptic
pos.ec.lat>pos.ecliptic.lat pos.ec.lon>pos.ecliptic.lon pos.ee>pos.errorEllipse
pos.eop.nutation>pos.nutation pos.eq.dec.arcsec>pos.eq.dec pos.eq.ra.minutes>pos.eq.ra
pos.eq.ra.seconds>pos.eq.ra pos.gal>pos.galactic pos.gal.lat>pos.galactic.lat pos.gal.lon>pos.galactic.lon
pos.pm.dec>pos.pm;pos.eq.dec pos.pm.ra>pos.pm;pos.eq.ra pos.precess.dec>pos.precess;pos.eq.dec
pos.precess.ra>pos.precess;pos.eq.ra pos.proj>pos.cartesian pos.satellite>pos.bodyrc pos.sg>pos.supergalactic
pos.sg.lat>pos.supergalactic.lat pos.sg.lon>pos.supergalactic.lon
spect.doppler>spect.dopplerParam spect.line.veloc>spect.dopplerVeloc spect.veloc>spect.dopplerVeloc
spect.index.Halpha>spect.index;em.line.Halpha
src.class.star-galaxy>src.class.starGalaxy src.fwhm>phys.angSize;src
src.orbital.energy>phys.energy;src.orbital src.orbital.separation>pos.angDistance;src.orbital
src.orbital.size>phys.size;src.orbital src.orbital.veloc>phys.veloc.orbital src.separation>pos.angDistance;src
src.veloc>phys.veloc src.veloc.ang>phys.veloc.ang src.veloc.dispersion>phys.veloc.dispersion
src.veloc.escape>phys.veloc.escape src.veloc.expansion>phys.veloc.expansion src.veloc.gc>phys.veloc;pos.galactocentric
src.veloc.hc>phys.veloc;pos.heliocentric src.veloc.lsr>phys.veloc;pos.lsr src.veloc.rotat>phys.veloc.rotat
time.event>time.duration time.event.start>time.start time.event.end>time.end
time.expo>time.duration;obs.exposure time.expo.end>time.end;obs.exposure time.expo.start>time.start;obs.exposure
time.obs>time.duration;obs time.obs.end>time.end;obs time.obs.start>time.start;obs

POS_EQ_RA_MAIN>pos.eq.ra;meta.main POS_EQ_DEC_MAIN>pos.eq.dec;meta.main POS_EQ_RA>pos.eq.ra POS_EQ_DEC>pos.eq.dec
ID_MAIN>meta.id;meta.main PHOT_MAG>phot.mag ERROR>stat.error TIME_EPOCH>time.epoch REDSHIFT>src.redshift

stat.err>stat.error stat.falsealarm>stat.falsePositive time.begin>time.start meta.text>meta.note pos.eq.de>pos.eq.dec
spect.line.broadening>spect.line.broad
`
