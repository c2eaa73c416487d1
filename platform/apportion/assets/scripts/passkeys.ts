// Passkeys: a form marked data-passkey="use" or "make" asks the browser before it is sent, and carries the
// answer in its field `credential`. Without support the form stays hidden and other ways to sign in remain.
type Json = Record<string, unknown>;

function bytes(text: string): ArrayBuffer {
  const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0)).buffer;
}

function text(buffer: ArrayBuffer | null): string | undefined {
  if (!buffer) return undefined;
  const plain = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(plain).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

async function question(form: HTMLFormElement): Promise<Json> {
  const csrf = form.querySelector<HTMLInputElement>("[name=csrf_token]")?.value ?? "";
  const answer = await fetch(form.dataset.options ?? "", { method: "POST", headers: { "X-CSRFToken": csrf } });
  if (!answer.ok || !(answer.headers.get("Content-Type") ?? "").startsWith("application/json")) throw new Error("no question");
  return (await answer.json()) as Json;
}

function described(list: unknown): PublicKeyCredentialDescriptor[] {
  return ((list ?? []) as (Json & { id: string })[]).map((each) => ({ ...each, type: "public-key", id: bytes(each.id) }));
}

async function make(form: HTMLFormElement): Promise<Json> {
  const options = (await question(form)) as Json & { challenge: string; user: Json & { id: string } };
  const made = (await navigator.credentials.create({
    publicKey: {
      ...options,
      challenge: bytes(options.challenge),
      user: { ...options.user, id: bytes(options.user.id) },
      excludeCredentials: described(options.excludeCredentials),
    } as unknown as PublicKeyCredentialCreationOptions,
  })) as PublicKeyCredential;
  const response = made.response as AuthenticatorAttestationResponse;
  return {
    id: made.id, rawId: text(made.rawId), type: made.type,
    response: {
      clientDataJSON: text(response.clientDataJSON), attestationObject: text(response.attestationObject),
      transports: response.getTransports?.() ?? [],
    },
  };
}

async function use(form: HTMLFormElement, signal: AbortSignal, quietly: boolean): Promise<Json> {
  const options = (await question(form)) as Json & { challenge: string };
  const used = (await navigator.credentials.get({
    signal,
    mediation: quietly ? "conditional" : undefined,
    publicKey: {
      ...options,
      challenge: bytes(options.challenge),
      allowCredentials: described(options.allowCredentials),
    } as unknown as PublicKeyCredentialRequestOptions,
  })) as PublicKeyCredential;
  const response = used.response as AuthenticatorAssertionResponse;
  return {
    id: used.id, rawId: text(used.rawId), type: used.type,
    response: {
      clientDataJSON: text(response.clientDataJSON), authenticatorData: text(response.authenticatorData),
      signature: text(response.signature), userHandle: text(response.userHandle),
    },
  };
}

function send(form: HTMLFormElement, answer: Json): void {
  const field = form.querySelector<HTMLInputElement>("[name=credential]");
  if (!field) return;
  field.value = JSON.stringify(answer);
  form.submit();
}

export function watchPasskeys(): void {
  // A passkey belongs to a name; a bare address of a machine has none.
  if (!window.PublicKeyCredential || /^[\d.]+$|:/.test(location.hostname)) return;
  for (const none of document.querySelectorAll<HTMLElement>("[data-passkey-none]")) none.hidden = true;
  let waiting = new AbortController();
  for (const form of document.querySelectorAll<HTMLFormElement>("form[data-passkey]")) {
    const using = form.dataset.passkey === "use";
    form.closest<HTMLElement>("[data-passkey-box]")?.removeAttribute("hidden");
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      waiting.abort();
      waiting = new AbortController();
      const said = form.querySelector<HTMLElement>("[data-passkey-failed]");
      if (said) said.hidden = true;
      const button = form.querySelector<HTMLButtonElement>("button");
      if (button) button.disabled = true;
      (using ? use(form, waiting.signal, false) : make(form))
        .then((answer) => send(form, answer))
        .catch(() => {
          if (said) said.hidden = false;
        })
        .finally(() => {
          if (button) button.disabled = false;
        });
    });
    // The browser offers passkeys in the address field's own list, where it can.
    if (form.dataset.quietly !== undefined) {
      void PublicKeyCredential.isConditionalMediationAvailable?.().then((can) => {
        if (can) use(form, waiting.signal, true).then((answer) => send(form, answer)).catch(() => undefined);
      });
    }
  }
}
