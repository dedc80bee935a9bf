// Owns the shapes of message templates on the wire, and how one becomes JSON.

import { type Static, Type } from 'typebox';
import type { AuditEntry } from '../audit/store.ts';
import { type Language, languages } from '../customers/customer.ts';
import { isoOrNull, time, timeOrNull, uuid, uuidOrNull } from '../platform/shapes.ts';
import type { TemplateEdit } from './store.ts';
import {
  builtInTexts,
  maxSegments,
  maxTemplateLength,
  placeholders,
  previewTemplate,
  requiredPlaceholders,
  type TemplateKind,
  type TemplatePreview,
  templateErrors,
  templateKinds,
} from './template.ts';

const exampleSample = {
  text: 'Mpendwa Wanjiku Kamau, agizo lako YCM9SZW4 liko njiani.',
  encoding: 'GSM-7' as const,
  characters: 55,
  segments: 1,
  characters_left: 105,
  not_in_gsm: [],
};

const exampleLongest = {
  ...exampleSample,
  text: 'Mpendwa WWWWWWWWWWWWWWWWWWWW, agizo lako YCM9SZW4 liko njiani.',
  characters: 62,
  characters_left: 98,
};

const filled = (description: string) =>
  Type.Object(
    {
      text: Type.String(),
      encoding: Type.Enum(['GSM-7', 'UCS-2'], {
        description: 'A segment holds 160 characters in GSM-7 and 70 in UCS-2; each of several holds 153 and 67.',
      }),
      characters: Type.Integer({ description: 'As they are charged: some count as two, such as € and most emoji.' }),
      segments: Type.Integer({ description: 'What it is sent and charged as.' }),
      characters_left: Type.Integer({ description: 'How many more fit before another segment begins.' }),
      not_in_gsm: Type.Array(Type.String(), { description: 'The characters that make it UCS-2.' }),
    },
    { description },
  );

const previewFields = {
  sample: filled('What a customer might read.'),
  longest: filled('The longest that it can become.'),
};

export const templatePreviewSchema = Type.Object(previewFields, {
  $id: 'MessageTemplatePreview',
  examples: [{ sample: exampleSample, longest: exampleLongest }],
});

const historySchema = Type.Array(
  Type.Object({
    action: Type.Enum(['template-edited', 'template-reset']),
    text: Type.String({ description: 'What it said from then on.' }),
    user: uuid('Who did it, as `customer.user`.'),
    created_at: time(),
  }),
  { description: 'The last 20 changes, newest first. In answers about one template.' },
);

export const templateSchema = Type.Object(
  {
    kind: Type.Enum([...templateKinds], { description: 'What the customer is told of.' }),
    language: Type.Enum([...languages]),
    text: Type.String({ description: 'With its placeholders.' }),
    is_built_in: Type.Boolean({ description: 'False when staff have written it.' }),
    built_in_text: Type.String(),
    errors: Type.Array(Type.String(), {
      description: 'Why the text cannot be used any more. While there are any, customers get the built-in one.',
    }),
    placeholders: Type.Array(Type.String(), { description: 'What may stand in the text, in braces.' }),
    required_placeholders: Type.Array(Type.String()),
    updated_at: timeOrNull(),
    updated_by: uuidOrNull(),
    ...previewFields,
    history: Type.Optional(historySchema),
  },
  {
    $id: 'MessageTemplate',
    examples: [
      {
        kind: 'order-dispatched',
        language: 'sw',
        text: 'Mpendwa {name}, agizo lako {code} liko njiani.',
        is_built_in: true,
        built_in_text: 'Mpendwa {name}, agizo lako {code} liko njiani.',
        errors: [],
        placeholders: ['code', 'total', 'name', 'date'],
        required_placeholders: ['code'],
        updated_at: null,
        updated_by: null,
        sample: exampleSample,
        longest: exampleLongest,
        history: [],
      },
    ],
  },
);

export type TemplateJson = Static<typeof templateSchema>;

export const templateParams = Type.Object({
  kind: Type.Enum([...templateKinds]),
  language: Type.Enum([...languages]),
});

export const templateBody = Type.Object(
  {
    text: Type.String({
      maxLength: maxTemplateLength,
      pattern: '\\S',
      description:
        '`{code}` must be in it, and `{total}`, `{name}` and `{date}` (when the order was placed) may be. ' +
        `With the longest values it may take ${maxSegments} segments.`,
    }),
  },
  { additionalProperties: false, examples: [{ text: 'Karibu {name}! Agizo lako {code} liko njiani.' }] },
);

export function previewJson(text: string, language: Language, currency: string): Static<typeof templatePreviewSchema> {
  const json = ({ charactersLeft: characters_left, notInGsm: not_in_gsm, ...rest }: TemplatePreview) => ({
    ...rest,
    characters_left,
    not_in_gsm,
  });
  const { sample, longest } = previewTemplate(text, language, currency);
  return { sample: json(sample), longest: json(longest) };
}

export function templateJson(
  kind: TemplateKind,
  language: Language,
  edit: TemplateEdit | undefined,
  currency: string,
): TemplateJson {
  const builtIn = builtInTexts[kind][language];
  const text = edit?.text ?? builtIn;
  return {
    kind,
    language,
    text,
    is_built_in: edit === undefined,
    built_in_text: builtIn,
    errors: templateErrors(text).map((error) => error.detail),
    placeholders: [...placeholders],
    required_placeholders: [...requiredPlaceholders],
    updated_at: isoOrNull(edit?.updatedAt ?? null),
    updated_by: edit?.updatedBy ?? null,
    ...previewJson(text, language, currency),
  };
}

export const historyJson = (entries: readonly AuditEntry[]): NonNullable<TemplateJson['history']> =>
  entries.map(({ action, changes, actorUserId, createdAt }) => ({
    action: action as 'template-edited' | 'template-reset',
    text: String(changes['text']?.[1]),
    user: actorUserId,
    created_at: createdAt.toISOString(),
  }));
