/**
 * The sync protocol: its cards, the server's replies and the client's rounds. Of HTTP it knows only
 * that a request has a body and a reply has one. Above the foundation, it uses only {@code fossil},
 * {@code fossil.artifact} and {@code fossil.content}.
 */
@NullMarked
package dev.hubkit.fossil.sync;

import org.jspecify.annotations.NullMarked;
