/**
 * Logins: who a client is, by what the server was configured with. Touches {@code net} for the
 * attempt, {@code config} for what is known, {@code credential} for the proof.
 */
@NullMarked
package dev.hubkit.nats.security;

import org.jspecify.annotations.NullMarked;
