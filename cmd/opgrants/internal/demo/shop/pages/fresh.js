// The page loads again when its order has changed: in another tab, or because a payment
// was decided. One that the browser kept for "back" is loaded again, too.
const version = document.body.dataset.version
let leaving = false // a form was sent: its answer is on its way
async function look () {
  if (!version || document.hidden || leaving) return
  try {
    const answer = await fetch(location.pathname + '/version', { cache: 'no-store' })
    if (answer.ok && await answer.text() !== version && !leaving) location.reload()
  } catch {} // the shop is closed
}
addEventListener('submit', () => { leaving = true })
setInterval(look, 2000)
addEventListener('visibilitychange', look)
addEventListener('pageshow', event => { if (event.persisted) location.reload() })
