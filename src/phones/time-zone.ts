// Owns what the time is where a phone number is from.

/** Countries that Africa's Talking sends to, by calling code; each has one time, at least where most people live. */
const zones: Readonly<Record<string, string>> = {
  '+27': 'Africa/Johannesburg',
  '+221': 'Africa/Dakar',
  '+225': 'Africa/Abidjan',
  '+233': 'Africa/Accra',
  '+234': 'Africa/Lagos',
  '+237': 'Africa/Douala',
  '+250': 'Africa/Kigali',
  '+251': 'Africa/Addis_Ababa',
  '+254': 'Africa/Nairobi',
  '+255': 'Africa/Dar_es_Salaam',
  '+256': 'Africa/Kampala',
  '+260': 'Africa/Lusaka',
  '+265': 'Africa/Blantyre',
};

/** @param phone in E.164 @param fallback for countries that are not known here: IANA name */
export const timeZoneOfPhone = (phone: string, fallback: string): string =>
  zones[phone.slice(0, 4)] ?? zones[phone.slice(0, 3)] ?? fallback;
