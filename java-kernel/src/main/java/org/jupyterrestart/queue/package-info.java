/** ComfyUI's queue, kept from outside: where our node is not in ComfyUI, by looking at the queue and sending it again. */
package org.jupyterrestart.queue;
