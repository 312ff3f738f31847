import type {
  AssertedCredential,
  AttestedCredential,
  CredentialName,
  PasskeyCreation,
  PasskeyRequest,
} from "./api.generated";

/** The browser can make passkeys and use them. */
export const passkeysHere = (): boolean => typeof PublicKeyCredential !== "undefined" && "credentials" in navigator;

/** The field for the address can offer them as it offers passwords. */
export const passkeysInFields = async (): Promise<boolean> =>
  passkeysHere() && "isConditionalMediationAvailable" in PublicKeyCredential
    ? PublicKeyCredential.isConditionalMediationAvailable()
    : false;

const toBytes = (text: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (sign) => sign.charCodeAt(0));
const toText = (bytes: ArrayBuffer): string =>
  btoa(String.fromCharCode(...new Uint8Array(bytes)))
    .replace(/\+/g, "-")
    .replace(/\//g, "_")
    .replace(/=+$/, "");

const named = (list: readonly CredentialName[]): PublicKeyCredentialDescriptor[] =>
  list.map((one) => ({
    type: "public-key",
    id: toBytes(one.id),
    transports: one.transports as AuthenticatorTransport[],
  }));

/** What the browser asks for; undefined where nobody wants to, or it was given up for something else. */
async function asked(ask: () => Promise<Credential | null>): Promise<PublicKeyCredential | undefined> {
  try {
    return ((await ask()) as PublicKeyCredential | null) ?? undefined;
  } catch (error) {
    if (error instanceof DOMException && ["NotAllowedError", "AbortError"].includes(error.name)) return undefined;
    throw error;
  }
}

/** A new passkey. Throws an `InvalidStateError` where the device has one of this account already. */
export async function makePasskey(wanted: PasskeyCreation): Promise<AttestedCredential | undefined> {
  const made = await asked(() =>
    navigator.credentials.create({
      publicKey: {
        rp: wanted.rp,
        user: { ...wanted.user, id: toBytes(wanted.user.id) },
        challenge: toBytes(wanted.challenge),
        pubKeyCredParams: wanted.pubKeyCredParams.map(({ alg }) => ({ type: "public-key", alg })),
        timeout: wanted.timeout,
        excludeCredentials: named(wanted.excludeCredentials),
        authenticatorSelection: {
          residentKey: "required",
          requireResidentKey: true,
          userVerification: "required",
        },
        attestation: "none",
      },
    }),
  );
  if (!made) return undefined;
  const response = made.response as AuthenticatorAttestationResponse;
  return {
    id: made.id,
    type: made.type,
    response: {
      clientDataJSON: toText(response.clientDataJSON),
      attestationObject: toText(response.attestationObject),
      transports: response.getTransports(),
    },
  };
}

/** A signature by a passkey that is there. `inField`: the field for the address offers it, until `signal` says enough. */
export async function usePasskey(
  wanted: PasskeyRequest,
  inField?: AbortSignal,
): Promise<AssertedCredential | undefined> {
  const used = await asked(() =>
    navigator.credentials.get({
      publicKey: {
        challenge: toBytes(wanted.challenge),
        timeout: wanted.timeout,
        rpId: wanted.rpId,
        allowCredentials: named(wanted.allowCredentials ?? []),
        userVerification: wanted.userVerification as UserVerificationRequirement,
      },
      ...(inField && { mediation: "conditional", signal: inField }),
    }),
  );
  if (!used) return undefined;
  const response = used.response as AuthenticatorAssertionResponse;
  return {
    id: used.id,
    type: used.type,
    response: {
      clientDataJSON: toText(response.clientDataJSON),
      authenticatorData: toText(response.authenticatorData),
      signature: toText(response.signature),
      ...(response.userHandle && { userHandle: toText(response.userHandle) }),
    },
  };
}
