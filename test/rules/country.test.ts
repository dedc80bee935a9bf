// Owns the facts about which countries a phone number can be of.

import { expect, test } from 'vitest';
import { isOfCountry } from '../../src/phones/country.ts';

test.each([
  ['+254712345678', ['KE'], true],
  ['+256772345678', ['KE'], false],
  ['+256772345678', ['KE', 'UG'], true],
  ['+12125550123', ['US'], true],
  ['+447700900123', ['GB'], true],
  ['+447700900123', ['KE'], false],
  ['+881631234567', ['KE', 'US', 'GB'], false],
  ['+9999999999', ['KE'], false],
])('%s of %j: %s', (number, countries, expected) => {
  expect(isOfCountry(number, countries)).toBe(expected);
});
