/** Tests of the HTTP server, and a client that is as slow or as wrong as a test wants. */
package dev.hubkit.http;
