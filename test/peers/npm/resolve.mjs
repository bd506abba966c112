const installed = ['npm', 'express'].map(dir => new URL(`../../../.tools/${dir}/`, import.meta.url).href)

export async function resolve (specifier, context, nextResolve) {
  let missing
  for (const parentURL of [context.parentURL, ...installed]) {
    try {
      return await nextResolve(specifier, { ...context, parentURL })
    } catch (err) {
      if (err.code !== 'ERR_MODULE_NOT_FOUND') throw err
      missing ??= err
    }
  }
  throw missing
}
