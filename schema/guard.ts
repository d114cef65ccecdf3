import { type GraphQLFieldResolver, type GraphQLSchema, defaultFieldResolver } from 'graphql';
import { DomainError, UnauthenticatedError } from '#domain/errors';
import type { Context } from './context.js';
import { requestError } from './errors.js';

type Resolver = GraphQLFieldResolver<unknown, Context>;

/**
 * The door of the graph, for every root field whatever its author thought of: nobody comes in without signing in, and errors of the
 * domain leave as errors of the request with their code.
 */
export function guard(schema: GraphQLSchema): GraphQLSchema {
  for (const type of [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()]) {
    for (const field of Object.values(type?.getFields() ?? {})) {
      field.resolve = signedIn((field.resolve as Resolver | undefined) ?? defaultFieldResolver);
      if (field.subscribe !== undefined) field.subscribe = signedIn(field.subscribe as Resolver);
    }
  }
  return schema;
}

function signedIn(resolver: Resolver): Resolver {
  return (parent, args: unknown, context, info) => {
    if (context.viewer === null)
      throw requestError(new UnauthenticatedError('Sign in: send an API token or a JWT as `Authorization: Bearer …`.'));
    try {
      const result: unknown = resolver(parent, args, context, info);
      return result instanceof Promise ? result.catch(rethrow) : result;
    } catch (error) {
      return rethrow(error);
    }
  };
}

function rethrow(error: unknown): never {
  throw error instanceof DomainError ? requestError(error) : error;
}
