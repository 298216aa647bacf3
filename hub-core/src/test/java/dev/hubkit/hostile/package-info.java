/**
 * Runs clients with bad intentions beside ordinary clients, against a hub with a small heap: the
 * profile {@code hostile}.
 */
package dev.hubkit.hostile;
