import { type Clock, systemClock } from '../../adapters/core/clock.ts'

/** The system's time, with all waits cut to a hundredth: for backoffs whose length does not matter. */
export const hastyClock: Clock = {
  now: () => systemClock.now(),
  after: (ms, run) => systemClock.after(ms / 100, run),
}
