const installed = new URL('../../../.tools/npm/', import.meta.url).href

export async function resolve(specifier, context, nextResolve) {
  try {
    return await nextResolve(specifier, context)
  } catch (err) {
    if (err.code !== 'ERR_MODULE_NOT_FOUND') throw err
    return nextResolve(specifier, { ...context, parentURL: installed })
  }
}
