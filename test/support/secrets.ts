/** Keys for the secrets of tests, as they would stand in the environment. */
export const testSecretsKeys = 't1:q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA=';
