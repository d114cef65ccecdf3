import { builder } from '#schema/builder';

export interface TagValue {
  readonly key: string;
  readonly value: string;
}

export const Tag = builder.objectRef<TagValue>('Tag').implement({
  description: 'A word and its value, to find things by.',
  fields: (t) => ({
    key: t.exposeString('key', { description: 'The word.' }),
    value: t.exposeString('value', { description: 'Its value.' }),
  }),
});

export const TagInput = builder.inputType('TagInput', {
  description: 'A word and its value, to find things by.',
  fields: (t) => ({
    key: t.string({ required: true, description: 'The word, 1 to 128 characters.' }),
    value: t.string({ required: true, description: 'Its value, at most 256 characters.' }),
  }),
});
