/**
 * An HTTP/1.0 and HTTP/1.1 server behind the JDK's own interface {@code com.sun.net.httpserver}:
 * one thread for all sockets, and a few for the handlers, which work on requests that have arrived
 * as a whole and never wait for who reads the answer. Every peer has time limits, everything that a
 * peer makes the server hold has a size limit. Touches nothing else of Hub but {@code work} and
 * {@code time}.
 */
@NullMarked
package dev.hubkit.http;

import org.jspecify.annotations.NullMarked;
