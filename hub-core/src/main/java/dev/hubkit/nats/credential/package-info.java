/**
 * The credentials of clients: NKeys, JWTs and passwords. Pure functions of their input; other
 * packages decide what a credential grants.
 */
@NullMarked
package dev.hubkit.nats.credential;

import org.jspecify.annotations.NullMarked;
