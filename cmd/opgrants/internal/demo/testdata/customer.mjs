// Alice, with a real browser: node customer.mjs <chromium> <shop> [<folder>]
// Prints what she saw, as JSON. With a folder, it puts pictures of all pages there.
import axe from 'axe-core'
import { chromium } from 'playwright-core'

const [executablePath, shop, folder] = process.argv.slice(2)
const browser = await chromium.launch({
  executablePath,
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync']
})
const context = await browser.newContext()
const complaints = []
const wide = [] // what is wider than its place
const violations = [] // what axe-core finds

async function openTab () {
  const tab = await context.newPage()
  tab.on('console', m => complaints.push(m.text()))
  tab.on('pageerror', e => complaints.push(String(e)))
  return tab
}

// look checks the page: for a desk by day, and for a telephone by night.
async function look (tab, name) {
  for (const [width, colorScheme] of [[1280, 'light'], [360, 'dark']]) {
    const where = `${name}-${width}`
    await tab.emulateMedia({ colorScheme })
    await tab.setViewportSize({ width, height: 800 })
    if (folder) await tab.screenshot({ path: `${folder}/${where}.png`, fullPage: true })
    wide.push(...await tab.evaluate(where => [...document.querySelectorAll('html, main, section, p, li, summary, summary > *, .who, dl > div, pre')]
      .filter(e => e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 0)
      .map(e => `${where}: ${e.localName}.${e.className} ${e.innerText.slice(0, 40)}`), where))
    await tab.evaluate(axe.source)
    violations.push(...await tab.evaluate(async where => (await axe.run()).violations
      .map(v => `${where}: ${v.id}: ${v.help}: ${v.nodes[0].html.slice(0, 200)}`), where))
  }
  await tab.emulateMedia({ colorScheme: 'light' })
  await tab.setViewportSize({ width: 1280, height: 800 })
}

const see = async tab => ({ shown: await tab.innerText('main'), url: tab.url() })

// start orders, and stays at the wallet's page.
async function start (tab, often) {
  await tab.goto(shop)
  await tab.check(`input[value=${often}]`)
  const limit = await tab.isVisible('#limit')
  if (often === 'daily') await look(tab, 'front')
  await tab.click('form button')
  await tab.waitForURL(/\/interact\//)
  return { asked: await tab.innerText('main'), limit }
}

// answer allows or refuses at the wallet.
async function answer (tab, choice) {
  await tab.click(`button[value=${choice}]`)
  await tab.waitForURL(/\/orders\//)
}

// open opens the first arrow of this kind, and returns what it shows.
async function open (tab, from, to, text) {
  const arrow = tab.locator('.wire > li > details', { has: tab.getByLabel(`from ${from} to ${to}`), hasText: text }).first()
  await arrow.locator('summary').click()
  return arrow.innerText()
}

// press sends a form of the order's page, and returns the page that comes.
async function press (tab, selector) {
  await Promise.all([tab.waitForNavigation(), tab.click(selector)])
  return see(tab)
}

async function another (tab, amount) {
  await tab.fill('.another input[name=amount]', amount)
  return press(tab, '.another button')
}

const alice = await openTab()
const allowed = await start(alice, 'daily')
await answer(alice, 'accept')
allowed.arrow = await open(alice, 'service', 'wallet', 'makes the payment')
Object.assign(allowed, await see(alice))
await look(alice, 'allowed')
await alice.reload()
const reloaded = await see(alice)

await press(alice, 'button[value="10m"]')
const other = await openTab() // of the same order
await other.goto(alice.url())
const second = await another(alice, '1.50')
await other.getByText('2.20 USD left').waitFor() // it notices by itself
const otherTab = await see(other)
await alice.goBack()
const back = await see(alice)
await alice.goto(second.url)
const tooMuch = await another(alice, '4')
await look(alice, 'too-much')
const ended = await press(alice, 'form[action$="/end"] button')
await look(alice, 'ended')
const stale = await another(other, '0.10').catch(() => see(other)) // its page is old, unless it has noticed

const refused = await start(alice, 'once')
await alice.goBack()
const waiting = await see(alice)
await alice.click('a.button')
await alice.waitForURL(/\/orders\//)
const asked = await see(alice)
await look(alice, 'waiting')
await other.goto(alice.url())
await alice.click('a.button')
await alice.waitForURL(/\/interact\//)
await answer(alice, 'reject')
await look(alice, 'refused')
await other.getByText('No coffee then').waitFor()
Object.assign(refused, await see(alice))

await start(alice, 'once')
await answer(alice, 'accept')
await look(alice, 'paid')
const paid = await see(alice)
if (folder) { // the picture of the README
  await alice.setViewportSize({ width: 1000, height: 1400 })
  await alice.evaluate(() => window.scrollTo(0, 0))
  await alice.mouse.move(0, 0)
  await alice.screenshot({ path: `${folder}/readme.png` })
}

const stranger = await (await browser.newContext()).newPage()
await stranger.goto(paid.url)
await look(stranger, 'stranger')

console.log(JSON.stringify({ allowed, reloaded, second, otherTab, back, tooMuch, ended, stale, waiting, asked, refused, paid, complaints, wide, violations }))
await browser.close()
