/**
 * Clients that mean ill, beside clients that mean well, against a hub with a small heap: the
 * profile {@code hostile}.
 */
package dev.hubkit.hostile;
