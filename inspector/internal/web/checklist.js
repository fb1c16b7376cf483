// PostHog's verdict before PostHog.
import { get } from './api.js'
import { el } from './dom.js'

export async function checklist() {
  const checks = await get('checklist')
  return {
    title: 'Checklist',
    node: el('div', {},
      el('div.head', {}, el('div', {}, el('h1', {}, 'Checklist'), el('p.sub', {}, 'The rules by which PostHog grades the instrumentation of a project, and the two that it lacks: does an event lead to its replay?'))),
      el('ul.card.checks', {}, checks.map((c) => el('li' + (c.passed ? '' : '.no'), {},
        el('span.sign', { role: 'img', 'aria-label': c.passed ? 'passed' : 'not passed' }, c.passed ? '✓' : '!'),
        el('h2', {}, c.name), el('span.tag' + (c.posthog ? '' : '.accent'), {}, c.posthog ? 'PostHog’s rule' : 'Replay'),
        el('p', {}, c.detail, !c.passed && [' ', el('span', {}, c.fix)]))))),
  }
}
