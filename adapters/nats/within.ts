/** True where the work is done in time; false where it fails or takes longer. Never rejects. */
export function within(ms: number, work: Promise<unknown>): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), ms)
    const answer = (isDone: boolean) => {
      clearTimeout(timer)
      resolve(isDone)
    }
    work.then(
      () => answer(true),
      () => answer(false),
    )
  })
}
