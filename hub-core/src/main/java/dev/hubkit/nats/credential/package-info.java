/**
 * The means by which clients prove who they are: NKeys, JWTs and passwords. Pure functions of their
 * input; what they grant is decided elsewhere.
 */
@NullMarked
package dev.hubkit.nats.credential;

import org.jspecify.annotations.NullMarked;
