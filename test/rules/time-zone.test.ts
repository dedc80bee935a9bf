// Owns the facts about whose clock a phone number goes by.

import { readFileSync } from 'node:fs';
import { getCountries, getCountryCallingCode } from 'libphonenumber-js/min';
import { describe, expect, test } from 'vitest';
import { timeZoneOfPhone } from '../../src/phones/time-zone.ts';
import { localMinute } from '../../src/platform/local-minute.ts';

const shop = 'Pacific/Kiritimati';
const winter = new Date('2026-01-15T12:00:00Z');
const summer = new Date('2026-07-15T12:00:00Z');

const clock = (phone: string, at: Date): string => {
  const minute = localMinute(at, timeZoneOfPhone(phone, shop));
  return `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
};

describe('when it is noon in Greenwich, in January and in July, the clock shows', () => {
  test.each([
    ['Nairobi', '+254712345678', '15:00', '15:00'],
    ['Kampala', '+256772345678', '15:00', '15:00'],
    ['Dar es Salaam', '+255712345678', '15:00', '15:00'],
    ['Kigali', '+250788123456', '14:00', '14:00'],
    ['Bujumbura', '+25779123456', '14:00', '14:00'],
    ['Addis Ababa', '+251911123456', '15:00', '15:00'],
    ['Mogadishu', '+252615123456', '15:00', '15:00'],
    ['Juba', '+211912345678', '14:00', '14:00'],
    ['Khartoum', '+249912345678', '14:00', '14:00'],
    ['Kinshasa', '+243812345678', '13:00', '13:00'],
    ['Brazzaville', '+242061234567', '13:00', '13:00'],
    ['Lagos', '+2348031234567', '13:00', '13:00'],
    ['Cotonou', '+2290197123456', '13:00', '13:00'],
    ['Lome', '+22890123456', '12:00', '12:00'],
    ['Accra', '+233241234567', '12:00', '12:00'],
    ['Abidjan', '+2250712345678', '12:00', '12:00'],
    ['Dakar', '+221771234567', '12:00', '12:00'],
    ['Rabat', '+212612345678', '13:00', '13:00'],
    ['Cairo', '+201001234567', '14:00', '15:00'],
    ['Lusaka', '+260971234567', '14:00', '14:00'],
    ['Lilongwe', '+265991234567', '14:00', '14:00'],
    ['Harare', '+263771234567', '14:00', '14:00'],
    ['Maputo', '+258821234567', '14:00', '14:00'],
    ['Johannesburg', '+27821234567', '14:00', '14:00'],
    ['Antananarivo', '+261321234567', '15:00', '15:00'],
    ['Port Louis', '+23052512345', '16:00', '16:00'],
    ['London', '+447911123456', '12:00', '13:00'],
    ['Dublin', '+353851234567', '12:00', '13:00'],
    ['Berlin', '+4915123456789', '13:00', '14:00'],
    ['Rome', '+393123456789', '13:00', '14:00'],
    ['Dubai', '+971501234567', '16:00', '16:00'],
    ['Delhi', '+919812345678', '17:30', '17:30'],
    // One code, many countries.
    ['Washington', '+12025551234', '07:00', '08:00'],
    ['Ottawa', '+16135551234', '07:00', '08:00'],
    ['Kingston', '+18765551234', '07:00', '07:00'],
    ['Moscow', '+79161234567', '15:00', '15:00'],
    ['Astana', '+77012345678', '17:00', '17:00'],
    ['Sydney', '+61412345678', '23:00', '22:00'],
    ['Saint-Denis', '+262692123456', '16:00', '16:00'],
    ['Mamoudzou', '+262639012345', '15:00', '15:00'],
  ])('in %s', (_city, phone, january, july) => {
    expect([clock(phone, winter), clock(phone, summer)]).toEqual([january, july]);
  });
});

test.each(['+999123456789', '+1234567890', '+8816123456789', '+80012345678', ''])(
  'a number of no country goes by the shop: %s',
  (phone) => expect(timeZoneOfPhone(phone, shop)).toBe(shop),
);

test('a country with several times is one whose choice is written down', () => {
  const page = readFileSync('docs/messages.md', 'utf8');
  const hours = [winter, summer, new Date('2026-03-20T12:00:00Z'), new Date('2026-10-28T12:00:00Z')];
  for (const country of getCountries()) {
    const zones = new Intl.Locale('und', { region: country }).getTimeZones() ?? [];
    const shown = new Set(zones.map((zone) => hours.map((at) => localMinute(at, zone)).join(' ')));
    if (shown.size > 1) expect(page, country).toContain(`(${country})`);
  }
});

test('every country has a zone that there is', () => {
  const sole = getCountries().filter(
    (country) =>
      getCountries().filter((each) => getCountryCallingCode(each) === getCountryCallingCode(country)).length === 1,
  );
  expect(sole.length).toBeGreaterThan(180);
  for (const country of sole) {
    const zone = timeZoneOfPhone(`+${getCountryCallingCode(country)}22222222`, 'none');
    expect(() => localMinute(winter, zone), country).not.toThrow();
  }
});
