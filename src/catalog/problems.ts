// Owns the ways in which the catalogue says no.

import type { ProblemType } from '../platform/problem.ts';

export const unknownCategory: ProblemType = {
  slug: 'unknown-category',
  status: 422,
  title: 'Unknown category',
  meaning: 'The category that the request puts something in does not exist. Nothing was changed.',
};

export const categoryCycle: ProblemType = {
  slug: 'category-cycle',
  status: 409,
  title: 'A category cannot be inside itself',
  meaning: 'The new parent is the category itself or one of its descendants, perhaps since another move a moment ago.',
};

export const categoryTooDeep: ProblemType = {
  slug: 'category-too-deep',
  status: 422,
  title: 'The tree would be too deep',
  meaning: 'A category can have at most 1,000 others above it.',
};

export const categoryInUse: ProblemType = {
  slug: 'category-in-use',
  status: 409,
  title: 'The category is not empty',
  meaning:
    'It still has child categories or products. Move or delete those first; deleted products don’t keep a category.',
};

export const unseenStock: ProblemType = {
  slug: 'unseen-stock',
  status: 428,
  title: 'Say which stock you have seen',
  meaning:
    'A replacement without `If-Match` says another stock than there is: it may have been read before the last sale, and would put back what was sold. Send the tag of the product as you read it, or leave `stock` out. `PATCH` sets a count that was just taken.',
};

export const duplicate: ProblemType = {
  slug: 'duplicate',
  status: 409,
  title: 'Already taken',
  meaning: 'Another record has this value, which must be unique. `errors` names the field.',
};
