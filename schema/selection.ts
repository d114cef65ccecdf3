import { type FieldNode, type GraphQLResolveInfo, Kind, type SelectionSetNode } from 'graphql';

/** Whether of an object nothing but its id is asked for: then it need not be read. */
export function onlyId(info: GraphQLResolveInfo): boolean {
  return info.fieldNodes.every((field) => field.selectionSet !== undefined && idsOnly(field.selectionSet, info));
}

function idsOnly(selection: SelectionSetNode, info: GraphQLResolveInfo): boolean {
  return selection.selections.every((node) => {
    if (node.kind === Kind.FIELD) return isId(node);
    const inner = node.kind === Kind.INLINE_FRAGMENT ? node.selectionSet : info.fragments[node.name.value]?.selectionSet;
    return inner !== undefined && idsOnly(inner, info);
  });
}

function isId(field: FieldNode): boolean {
  return field.name.value === 'id' || field.name.value === '__typename';
}
